import { type AuthenticationType, CreateConnectionDocument } from '../generated/graphql.js';
import type { GraphqlClient } from './graphql-client.js';

/** What a machine was given to authenticate with. */
export interface MachineCredentials {
  readonly connectionId: string;
  readonly clientId: string;
  readonly secret: string;
}

let made = 0;

/** Makes a connection through the API, as a super admin does. */
export async function createMachine(
  superAdmin: GraphqlClient,
  authenticationType: AuthenticationType = 'OAUTH',
  name = `machine ${++made}`,
): Promise<MachineCredentials> {
  const { createConnection } = await superAdmin.run(CreateConnectionDocument, { input: { name, authenticationType } });
  if (createConnection.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(createConnection));
  const { connection, secret, clientId } = createConnection;
  return { connectionId: connection.id, clientId: clientId ?? '', secret: secret ?? '' };
}

export function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

/** An access token, got as a machine gets it. */
export async function requestToken(url: string, { clientId, secret }: MachineCredentials): Promise<string> {
  const response = await fetch(`${url}/v1/users/m2m/oauth/token`, {
    method: 'POST',
    headers: { authorization: basic(clientId, secret) },
  });
  if (response.status !== 200) throw new Error(`token request: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Whether the gateway says that the token is active, asked as the machine over REST. */
export async function isActive(url: string, { clientId, secret }: MachineCredentials, token: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/users/m2m/oauth/token/introspect`, {
    method: 'POST',
    headers: { authorization: basic(clientId, secret), 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: token }),
  });
  if (response.status !== 200) throw new Error(`introspection: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { active: boolean }).active;
}
