import type { LoadRequest } from './load.ts';
import { PEER_CLIENT } from './peers/peer-client.ts';
import type { ServerProcess } from './processes.ts';
import { type ClientCredentials, createLatchkeyClient, type Servers } from './servers.ts';

export const CONNECTIONS = 50;
/** Ten live tokens for each connection: no two requests that are under way ask for the same one. */
const LIVE_TOKENS = 10 * CONNECTIONS;

/** One row of the table. */
export interface Case {
  readonly work: string;
  readonly server: ServerProcess;
  /** The case that it is held against, and what is wanted of the two figures' ratio. */
  readonly peer?: Case;
  readonly aim?: {
    readonly figure: 'perSecond' | 'cpuMicroseconds';
    readonly atLeast?: number;
    readonly atMost?: number;
  };
  /** What to send in the next round. */
  requests(): Promise<readonly LoadRequest[]>;
  /** What every answer must hold. */
  readonly mustContain: string;
}

const INTROSPECT_TOKEN = `query IntrospectToken($token: String!) {
  introspectToken(token: $token) {
    active
    clientId
    tokenType
    issuedAt
    expiresAt
  }
}`;

/** The cases in the order in which a round measures them, each right behind what it is held against. */
export async function createCases(servers: Servers): Promise<readonly Case[]> {
  const { latchkey, oidcProvider, stockApollo, bareFastify } = servers;
  const client = await createLatchkeyClient(servers);
  const ourToken = (): LoadRequest => post('/v1/users/m2m/oauth/token', { authorization: basic(client) });
  const theirToken = () => formPost('/token', PEER_CLIENT, { grant_type: 'client_credentials' });
  const ours = await liveTokens(latchkey, ourToken());
  const [bearer = ''] = await liveTokens(latchkey, ourToken(), 1);

  const issued = { mustContain: '"access_token":"' };
  const active = { mustContain: '"active":true' };
  const theirIssue: Case = {
    ...issued,
    work: 'token issue',
    server: oidcProvider,
    requests: async () => [theirToken()],
  };
  const theirIntrospection: Case = {
    ...active,
    work: 'introspection',
    server: oidcProvider,
    // New ones for each round: the tokens of the round before have pushed the old ones out of its memory.
    requests: async () =>
      (await liveTokens(oidcProvider, theirToken())).map((token) =>
        formPost('/token/introspection', PEER_CLIENT, { token }),
      ),
  };
  const graphql = async () => ours.map((token) => graphqlPost(bearer, token));
  const theirGraphql: Case = {
    ...active,
    work: 'constant resolver',
    server: stockApollo,
    requests: graphql,
  };
  return [
    { ...active, work: 'one GET route', server: bareFastify, requests: async () => [{ method: 'GET', path: '/' }] },
    theirIssue,
    {
      ...issued,
      work: 'token issue, committed to disk',
      server: latchkey,
      peer: theirIssue,
      aim: { figure: 'perSecond', atLeast: 1 },
      requests: async () => [ourToken()],
    },
    theirIntrospection,
    {
      ...active,
      work: 'introspection, standard path',
      server: latchkey,
      peer: theirIntrospection,
      aim: { figure: 'perSecond', atLeast: 3 },
      requests: async () => ours.map((token) => formPost('/oauth2/introspect', client, { token })),
    },
    {
      ...active,
      work: 'introspection, compatible path',
      server: latchkey,
      peer: theirIntrospection,
      aim: { figure: 'perSecond', atLeast: 3 },
      requests: async () =>
        ours.map((token) =>
          post(
            '/v1/users/m2m/oauth/token/introspect',
            { authorization: basic(client), 'content-type': 'application/json' },
            JSON.stringify({ access_token: token }),
          ),
        ),
    },
    theirGraphql,
    {
      ...active,
      work: 'GraphQL introspectToken',
      server: latchkey,
      peer: theirGraphql,
      aim: { figure: 'cpuMicroseconds', atMost: 1.2 },
      requests: graphql,
    },
  ];
}

/** Sends one request and looks at the answer as a client would. @throws Error where it is not what the case measures */
export async function check({ work, server, mustContain }: Case, request: LoadRequest): Promise<void> {
  const { status, text } = await send(server, request);
  if (status !== 200 || !text.includes(mustContain)) {
    throw new Error(`${server.name}, ${work}: ${status} ${text} instead of ${mustContain}`);
  }
}

async function liveTokens(server: ServerProcess, request: LoadRequest, count = LIVE_TOKENS): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => send(server, request)));
  return answers.map(({ status, text }) => {
    const { access_token: token, expires_in: seconds } = JSON.parse(text) as Record<string, unknown>;
    if (status === 200 && typeof token === 'string' && seconds === 86_400) return token;
    throw new Error(`${server.name} gave no token that lives a day: ${status} ${text}`);
  });
}

async function send(server: ServerProcess, { method, path, headers = {}, body }: LoadRequest) {
  const response = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
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

function graphqlPost(bearer: string, token: string): LoadRequest {
  return post(
    '/graphql',
    { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    JSON.stringify({ query: INTROSPECT_TOKEN, operationName: 'IntrospectToken', variables: { token } }),
  );
}
