import { hash } from 'node:crypto';
import type { ClientCredentials } from './latchkey.ts';
import type { LoadRequest } from './load.ts';
import type { ServerProcess } from './processes.ts';

/** The requests of Latchkey's clients and of its peers', and how one of them is sent. */

const INTROSPECT_TOKEN = `query IntrospectToken($token: String!) {
  introspectToken(token: $token) {
    active
    clientId
    tokenType
    issuedAt
    expiresAt
  }
}`;

/** What a frontend's page of connections sends, formatted as codegen leaves it. */
export const CONNECTIONS_PAGE = `fragment ConnectionFields on Connection {
  __typename
  id
  name
  connector
  authenticationType
  status
  issuer
  allowedCidrs
  createdAt
  createdBy
  updatedAt
  lastUsedAt
  secrets {
    id
    prefix
    last4
    state
    createdAt
    lastUsedAt
    expiresAt
  }
  ... on OAuthConnection {
    clientId
  }
}
query Connections($authenticationType: AuthenticationType) {
  connections(authenticationType: $authenticationType) {
    ...ConnectionFields
  }
}`;
/** Its id in manifests. */
export const CONNECTIONS_PAGE_ID = hash('sha256', CONNECTIONS_PAGE);

export async function send(server: ServerProcess, { method, path, headers = {}, body }: LoadRequest) {
  const response = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}

/** Sends the request for a token. @throws Error where the answer is not a token that lives a day */
export async function takeToken(server: ServerProcess, request: LoadRequest): Promise<string> {
  const { status, text } = await send(server, request);
  const { access_token: token, expires_in: seconds } = JSON.parse(text) as Record<string, unknown>;
  if (status === 200 && typeof token === 'string' && seconds === 86_400) return token;
  throw new Error(`${server.name} gave no token that lives a day: ${status} ${text}`);
}

/** Takes tokens and revokes each. */
export async function takeRevokedTokens(
  server: ServerProcess,
  client: ClientCredentials,
  count: number,
): Promise<string[]> {
  const tokens = await takeTokens(server, latchkeyTokenRequest(client), count);
  for (const token of tokens) {
    const { status, text } = await send(server, revocation(client, token));
    if (status !== 200) throw new Error(`${server.name} revoked no token: ${status} ${text}`);
  }
  return tokens;
}

export function takeTokens(server: ServerProcess, request: LoadRequest, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => takeToken(server, request)));
}

export function latchkeyTokenRequest(client: ClientCredentials): LoadRequest {
  return post('/v1/users/m2m/oauth/token', { authorization: basic(client) });
}

export function compatibleIntrospection(client: ClientCredentials, token: string): LoadRequest {
  return post(
    '/v1/users/m2m/oauth/token/introspect',
    { authorization: basic(client), 'content-type': 'application/json' },
    JSON.stringify({ access_token: token }),
  );
}

export function standardIntrospection(client: ClientCredentials, token: string): LoadRequest {
  return formPost('/oauth2/introspect', client, { token });
}

/** By which a token becomes inactive (RFC 7009). */
function revocation(client: ClientCredentials, token: string): LoadRequest {
  return formPost('/oauth2/revoke', client, { token });
}

export function graphqlIntrospection(bearer: string, token: string): LoadRequest {
  return post(
    '/graphql',
    { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    JSON.stringify({ query: INTROSPECT_TOKEN, operationName: 'IntrospectToken', variables: { token } }),
  );
}

/** A frontend's list of connections, as its text or by the id under which a manifest has it. */
export function graphqlConnections(bearer: string, how: 'text' | 'id'): LoadRequest {
  return post(
    '/graphql',
    { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    JSON.stringify({ ...(how === 'text' ? { query: CONNECTIONS_PAGE } : { documentId: CONNECTIONS_PAGE_ID }) }),
  );
}

export function providerTokenRequest(client: ClientCredentials): LoadRequest {
  return formPost('/token', client, { grant_type: 'client_credentials' });
}

export function providerIntrospection(client: ClientCredentials, token: string): LoadRequest {
  return formPost('/token/introspection', client, { token });
}

function basic({ clientId, secret }: ClientCredentials): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

function post(path: string, headers: Record<string, string>, body?: string): LoadRequest {
  return { method: 'POST', path, headers, ...(body === undefined ? {} : { body }) };
}

function formPost(path: string, client: ClientCredentials, form: Record<string, string>): LoadRequest {
  const headers = { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' };
  return post(path, headers, new URLSearchParams(form).toString());
}
