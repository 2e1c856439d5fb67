import { type Case, LIVE_TOKENS } from './case.ts';
import { createLatchkeyClient, type Latchkey } from './latchkey.ts';
import type { LimitedPair } from './limit-servers.ts';
import type { LoadRequest } from './load.ts';
import { compatibleIntrospection, latchkeyTokenRequest, send, takeTokens } from './requests.ts';

const CPU_MAX = 1.35;
const TRIES_MAX = 20;

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

/** Of tokens that the gateway has in memory after the first round. */
async function createIntrospection(server: Latchkey): Promise<Case> {
  const client = await createLatchkeyClient(server, `bench ${server.name}`);
  await untilItServes(server, latchkeyTokenRequest(client));
  const tokens = await takeTokens(server, latchkeyTokenRequest(client), LIVE_TOKENS);
  return {
    work: 'introspection, compatible path',
    server,
    mustContain: '"active":true',
    requests: async () => tokens.map((token) => compatibleIntrospection(client, token)),
  };
}

/** The first call makes a log of 8 MB for limits as high as these. A busy Redis may take longer for it than we wait. */
async function untilItServes(server: Latchkey, request: LoadRequest): Promise<void> {
  for (let attempt = 1; (await send(server, request)).status !== 200; attempt++) {
    if (attempt === TRIES_MAX) throw new Error(`${server.name} does not serve`);
  }
}
