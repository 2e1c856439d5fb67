import { type Case, type Comparison, LIVE_TOKENS, oneGetRoute } from './case.ts';
import type { Latchkey } from './latchkey.ts';
import { type LimitedPairs, type LimitPeers, ORGANIZATIONS } from './limit-servers.ts';
import type { LoadRequest } from './load.ts';
import { createClients } from './organization-clients.ts';
import { compatibleIntrospection, latchkeyTokenRequest, standardIntrospection, takeTokens } from './requests.ts';

const CPU_MAX = 1.35;
const ACTIVE = { mustContain: '"active":true' };

/** Introspections without limits and, right behind them, with. */
export async function createLimitCases(
  { replicas, singles }: LimitedPairs,
  { bareFastify, limitingFastify }: LimitPeers,
): Promise<Case[]> {
  const replica = await createIntrospections(replicas.unlimited);
  const limitedReplica = await createIntrospections(replicas.limited);
  const single = await createIntrospections(singles.unlimited);
  const limitedSingle = await createIntrospections(singles.limited);
  const floor = oneGetRoute(bareFastify);
  const counting: Case = {
    ...replica.compatible,
    work: 'the POST of an introspection, its body read, counted',
    server: limitingFastify,
  };
  const toPeers: Comparison[] = [
    { peer: floor, aim: { figure: 'perSecond', atLeast: 0.5 } },
    { peer: counting, aim: { figure: 'perSecond', atLeast: 1 } },
  ];
  const toUnlimited = (peer: Case): Comparison => ({ peer, aim: { figure: 'cpuMicroseconds', atMost: CPU_MAX } });
  return [
    floor,
    counting,
    replica.compatible,
    { ...limitedReplica.compatible, comparisons: [toUnlimited(replica.compatible), ...toPeers] },
    { ...limitedReplica.standard, comparisons: toPeers },
    single.compatible,
    { ...limitedSingle.compatible, comparisons: [toUnlimited(single.compatible)] },
  ];
}

interface Introspections {
  readonly compatible: Case;
  readonly standard: Case;
}

/** Of tokens that the gateway has in memory after the first round, in turn of each organisation. */
export async function createIntrospections(server: Latchkey): Promise<Introspections> {
  const clients = await createClients(server, ORGANIZATIONS);
  const ofClients: { compatible: LoadRequest; standard: LoadRequest }[][] = [];
  for (const client of clients) {
    const tokens = await takeTokens(server, latchkeyTokenRequest(client), LIVE_TOKENS / clients.length);
    ofClients.push(
      tokens.map((token) => ({
        compatible: compatibleIntrospection(client, token),
        standard: standardIntrospection(client, token),
      })),
    );
  }
  const inTurn = Array.from({ length: LIVE_TOKENS / clients.length }, (_, index) =>
    ofClients.flatMap((ofOne) => ofOne.slice(index, index + 1)),
  ).flat();
  return {
    compatible: {
      ...ACTIVE,
      work: 'introspection, compatible path',
      server,
      requests: async () => inTurn.map(({ compatible }) => compatible),
    },
    standard: {
      ...ACTIVE,
      work: 'introspection, standard path',
      server,
      requests: async () => inTurn.map(({ standard }) => standard),
    },
  };
}
