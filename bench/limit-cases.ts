import { type Case, LIVE_TOKENS } from './case.ts';
import type { Latchkey } from './latchkey.ts';
import { createClients } from './limit-clients.ts';
import type { LimitedPair } from './limit-servers.ts';
import type { LoadRequest } from './load.ts';
import { compatibleIntrospection, latchkeyTokenRequest, takeTokens } from './requests.ts';

const CPU_MAX = 1.35;

/** Introspections without limits and, right behind them, with. */
export async function createLimitCases(pairs: readonly LimitedPair[]): Promise<Case[]> {
  const cases: Case[] = [];
  for (const { unlimited, limited } of pairs) {
    const peer = await createIntrospection(unlimited);
    const ours = await createIntrospection(limited);
    cases.push(peer, { ...ours, comparisons: [{ peer, aim: { figure: 'cpuMicroseconds', atMost: CPU_MAX } }] });
  }
  return cases;
}

/** Of tokens that the gateway has in memory after the first round, in turn of each organisation. */
async function createIntrospection(server: Latchkey): Promise<Case> {
  const clients = await createClients(server);
  const requests: LoadRequest[][] = [];
  for (const client of clients) {
    const tokens = await takeTokens(server, latchkeyTokenRequest(client), LIVE_TOKENS / clients.length);
    requests.push(tokens.map((token) => compatibleIntrospection(client, token)));
  }
  const inTurn = Array.from({ length: LIVE_TOKENS / clients.length }, (_, index) =>
    requests.map((ofOne) => ofOne[index] as LoadRequest),
  ).flat();
  return {
    work: 'introspection, compatible path',
    server,
    mustContain: '"active":true',
    requests: async () => inTurn,
  };
}
