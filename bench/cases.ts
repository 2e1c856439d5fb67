import { type Case, type Comparison, LIVE_TOKENS, oneGetRoute } from './case.ts';
import { type ClientCredentials, createLatchkeyClient } from './latchkey.ts';
import { PEER_CLIENT } from './peers/peer-client.ts';
import {
  compatibleIntrospection,
  graphqlIntrospection,
  latchkeyTokenRequest,
  providerIntrospection,
  providerTokenRequest,
  standardIntrospection,
  takeRevokedTokens,
  takeToken,
  takeTokens,
} from './requests.ts';
import type { Servers } from './servers.ts';

const ISSUED = { mustContain: '"access_token":"' };
const ACTIVE = { mustContain: '"active":true' };
const INACTIVE = { mustContain: '{"active":false}' };

/** The cases in the order in which a round measures them, each soon behind what it is held against. */
export async function createCases(servers: Servers): Promise<readonly Case[]> {
  const { latchkey, oidcProvider } = servers;
  const client = await createLatchkeyClient(latchkey, 'bench');
  const tokenRequest = latchkeyTokenRequest(client);
  const tokens = await takeTokens(latchkey, tokenRequest, LIVE_TOKENS);
  const theirIssue: Case = {
    ...ISSUED,
    work: 'token issue',
    server: oidcProvider,
    requests: async () => [providerTokenRequest(PEER_CLIENT)],
  };
  return [
    theirIssue,
    {
      ...ISSUED,
      work: 'token issue, committed to disk',
      server: latchkey,
      comparisons: [{ peer: theirIssue, aim: { figure: 'perSecond', atLeast: 2.5 } }],
      requests: async () => [tokenRequest],
    },
    ...(await createIntrospectionCases(servers, client, tokens)),
    ...(await createGraphqlCases(servers, client, tokens)),
  ];
}

async function createIntrospectionCases(
  { latchkey, oidcProvider, bareFastify }: Servers,
  client: ClientCredentials,
  live: readonly string[],
): Promise<Case[]> {
  const provider: Case = {
    ...ACTIVE,
    work: 'introspection',
    server: oidcProvider,
    // New ones for each round: the tokens of the round before have pushed the old ones out of its memory.
    requests: async () =>
      (await takeTokens(oidcProvider, providerTokenRequest(PEER_CLIENT), LIVE_TOKENS)).map((token) =>
        providerIntrospection(PEER_CLIENT, token),
      ),
  };
  const floor = oneGetRoute(bareFastify);
  const revoked = await takeRevokedTokens(latchkey, client, LIVE_TOKENS);
  const ofLive: Comparison[] = [
    { peer: provider, aim: { figure: 'perSecond', atLeast: 3 } },
    { peer: floor, aim: { figure: 'perSecond', atLeast: 0.7 } },
  ];
  const ofRevoked: Comparison[] = [{ peer: floor, aim: { figure: 'perSecond', atLeast: 0.75 } }];
  const dialects = [
    { path: 'standard path', introspection: standardIntrospection },
    { path: 'compatible path', introspection: compatibleIntrospection },
  ];
  return [
    provider,
    floor,
    ...dialects.flatMap(({ path, introspection }) => [
      {
        ...ACTIVE,
        work: `introspection, ${path}`,
        server: latchkey,
        comparisons: ofLive,
        requests: async () => live.map((token) => introspection(client, token)),
      },
      {
        ...INACTIVE,
        work: `introspection of a revoked token, ${path}`,
        server: latchkey,
        comparisons: ofRevoked,
        requests: async () => revoked.map((token) => introspection(client, token)),
      },
    ]),
  ];
}

async function createGraphqlCases(
  { latchkey, stockApollo }: Servers,
  client: ClientCredentials,
  live: readonly string[],
): Promise<Case[]> {
  const bearer = await takeToken(latchkey, latchkeyTokenRequest(client));
  const requests = async () => live.map((token) => graphqlIntrospection(bearer, token));
  const constant: Case = { ...ACTIVE, work: 'constant resolver', server: stockApollo, requests };
  return [
    constant,
    {
      ...ACTIVE,
      work: 'GraphQL introspectToken',
      server: latchkey,
      comparisons: [{ peer: constant, aim: { figure: 'perSecond', atLeast: 1.6 } }],
      requests,
    },
  ];
}
