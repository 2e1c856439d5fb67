import { type Case, type Comparison, LIVE_TOKENS, oneGetRoute } from './case.ts';
import type { ClientCredentials } from './latchkey.ts';
import { PEER_CLIENT } from './peers/peer-client.ts';
import type { ReplicaServers } from './replica-servers.ts';
import {
  compatibleIntrospection,
  graphqlIntrospection,
  latchkeyTokenRequest,
  providerIntrospection,
  providerTokenRequest,
  standardIntrospection,
  takeToken,
  takeTokens,
} from './requests.ts';

const ISSUED = { mustContain: '"access_token":"' };
const ACTIVE = { mustContain: '"active":true' };

/** The cases in the order in which a round measures them, each soon behind what it is held against. */
export async function createReplicaCases(servers: ReplicaServers, client: ClientCredentials): Promise<readonly Case[]> {
  const { latchkey, oidcProvider } = servers;
  const ours = await takeTokens(latchkey, latchkeyTokenRequest(client), LIVE_TOKENS);
  const theirIssue: Case = {
    ...ISSUED,
    work: 'token issue',
    server: oidcProvider,
    requests: async () => [providerTokenRequest(PEER_CLIENT)],
  };
  return [
    ...(await createWarmCases(servers, client, ours)),
    ...createUnrememberedCases(servers, client, ours),
    theirIssue,
    {
      ...ISSUED,
      work: 'token issue',
      server: latchkey,
      comparisons: [{ peer: theirIssue, aim: { figure: 'perSecond', atLeast: 2.5 } }],
      requests: async () => [latchkeyTokenRequest(client)],
    },
  ];
}

/** Introspections that a replica answers from its memory. */
async function createWarmCases(
  { latchkey, oidcProvider, bareFastify }: ReplicaServers,
  client: ClientCredentials,
  ours: readonly string[],
): Promise<Case[]> {
  const bearer = await takeToken(latchkey, latchkeyTokenRequest(client));
  const theirs = await takeTokens(oidcProvider, providerTokenRequest(PEER_CLIENT), LIVE_TOKENS);
  const provider: Case = {
    ...ACTIVE,
    work: 'introspection',
    server: oidcProvider,
    requests: async () => theirs.map((token) => providerIntrospection(PEER_CLIENT, token)),
  };
  const floor = oneGetRoute(bareFastify);
  const comparisons: Comparison[] = [
    { peer: provider, aim: { figure: 'perSecond', atLeast: 4 } },
    { peer: floor, aim: { figure: 'perSecond', atLeast: 0.6 } },
  ];
  const warm = { ...ACTIVE, server: latchkey, comparisons };
  return [
    provider,
    floor,
    {
      ...warm,
      work: 'introspection, compatible path',
      requests: async () => ours.map((token) => compatibleIntrospection(client, token)),
    },
    {
      ...warm,
      work: 'introspection, standard path',
      requests: async () => ours.map((token) => standardIntrospection(client, token)),
    },
    {
      ...warm,
      work: 'GraphQL introspectToken',
      comparisons: comparisons.map(({ peer }) => ({ peer })),
      requests: async () => ours.map((token) => graphqlIntrospection(bearer, token)),
    },
  ];
}

/** Introspections that each take an answer of Redis's. */
function createUnrememberedCases(
  { forgetful, redisFastify }: ReplicaServers,
  client: ClientCredentials,
  ours: readonly string[],
): Case[] {
  const oneGet = oneGetRoute(redisFastify);
  const sameRequest: Case = {
    ...ACTIVE,
    work: 'the POST of an introspection, its body read',
    server: redisFastify,
    requests: async () => ours.map((token) => compatibleIntrospection(client, token)),
  };
  // The aim is about the same request: a body alone makes it cost fastify 1.3 to 1.4 times a GET.
  const comparisons: Comparison[] = [
    { peer: oneGet },
    { peer: sameRequest, aim: { figure: 'perSecond', atLeast: 0.8 } },
  ];
  const unremembered = { ...ACTIVE, server: forgetful, comparisons };
  return [
    oneGet,
    sameRequest,
    {
      ...unremembered,
      work: 'introspection, compatible path, nothing remembered',
      requests: async () => ours.map((token) => compatibleIntrospection(client, token)),
    },
    {
      ...unremembered,
      work: 'introspection, standard path, nothing remembered',
      requests: async () => ours.map((token) => standardIntrospection(client, token)),
    },
  ];
}
