import { type Case, LIVE_TOKENS } from './case.ts';
import { bearerOf, createLatchkeyClient } from './latchkey.ts';
import { PEER_CLIENT } from './peers/peer-client.ts';
import {
  compatibleIntrospection,
  graphqlConnections,
  graphqlIntrospection,
  latchkeyTokenRequest,
  providerIntrospection,
  providerTokenRequest,
  standardIntrospection,
  takeToken,
  takeTokens,
} from './requests.ts';
import type { Servers } from './servers.ts';

const ISSUED = { mustContain: '"access_token":"' };
const ACTIVE = { mustContain: '"active":true' };

/** The cases in the order in which a round measures them, each right behind what it is held against. */
export async function createCases(servers: Servers): Promise<readonly Case[]> {
  const { latchkey, oidcProvider, stockApollo, bareFastify } = servers;
  const client = await createLatchkeyClient(latchkey, 'bench');
  const tokenRequest = latchkeyTokenRequest(client);
  const ours = await takeTokens(latchkey, tokenRequest, LIVE_TOKENS);
  const bearer = await takeToken(latchkey, tokenRequest);

  const theirIssue: Case = {
    ...ISSUED,
    work: 'token issue',
    server: oidcProvider,
    requests: async () => [providerTokenRequest(PEER_CLIENT)],
  };
  const theirIntrospection: Case = {
    ...ACTIVE,
    work: 'introspection',
    server: oidcProvider,
    // New ones for each round: the tokens of the round before have pushed the old ones out of its memory.
    requests: async () =>
      (await takeTokens(oidcProvider, providerTokenRequest(PEER_CLIENT), LIVE_TOKENS)).map((token) =>
        providerIntrospection(PEER_CLIENT, token),
      ),
  };
  const graphql = async () => ours.map((token) => graphqlIntrospection(bearer, token));
  const theirGraphql: Case = {
    ...ACTIVE,
    work: 'constant resolver',
    server: stockApollo,
    requests: graphql,
  };
  return [
    { ...ACTIVE, work: 'one GET route', server: bareFastify, requests: async () => [{ method: 'GET', path: '/' }] },
    theirIssue,
    {
      ...ISSUED,
      work: 'token issue, committed to disk',
      server: latchkey,
      comparisons: [{ peer: theirIssue, aim: { figure: 'perSecond', atLeast: 1 } }],
      requests: async () => [tokenRequest],
    },
    theirIntrospection,
    {
      ...ACTIVE,
      work: 'introspection, standard path',
      server: latchkey,
      comparisons: [{ peer: theirIntrospection, aim: { figure: 'perSecond', atLeast: 3 } }],
      requests: async () => ours.map((token) => standardIntrospection(client, token)),
    },
    {
      ...ACTIVE,
      work: 'introspection, compatible path',
      server: latchkey,
      comparisons: [{ peer: theirIntrospection, aim: { figure: 'perSecond', atLeast: 3 } }],
      requests: async () => ours.map((token) => compatibleIntrospection(client, token)),
    },
    theirGraphql,
    {
      ...ACTIVE,
      work: 'GraphQL introspectToken',
      server: latchkey,
      comparisons: [{ peer: theirGraphql, aim: { figure: 'cpuMicroseconds', atMost: 1.2 } }],
      requests: graphql,
    },
    ...(await createTrustedCases(servers)),
  ];
}

/** A frontend's page as text and by its id, on a gateway that runs registered documents alone. */
async function createTrustedCases({ trusting }: Servers): Promise<readonly Case[]> {
  await createLatchkeyClient(trusting, 'trusting');
  const bearer = await bearerOf(trusting);
  const page = { server: trusting, mustContain: '"name":"trusting"' };
  const asText: Case = {
    ...page,
    work: 'GraphQL connections, as text',
    requests: async () => [graphqlConnections(bearer, 'text')],
  };
  return [
    asText,
    {
      ...page,
      work: 'GraphQL connections, by id',
      comparisons: [{ peer: asText, aim: { figure: 'perSecond', atLeast: 1.1 } }],
      requests: async () => [graphqlConnections(bearer, 'id')],
    },
  ];
}
