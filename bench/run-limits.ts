import { CONNECTIONS } from './case.ts';
import { createLimitCases } from './limit-cases.ts';
import {
  ORGANIZATIONS as HTTP_ORGANIZATIONS,
  PER_DAY,
  PER_MINUTE,
  startLimitPeers,
  startPairs,
} from './limit-servers.ts';
import { CALLERS } from './limiters/callers.ts';
import { measureContenders } from './limiters/measure-contenders.ts';
import { USED_UP } from './limiters/measure-rounds.ts';
import { aimsOfContenders, formatContenders } from './limiters/table.ts';
import { describeMachine } from './machine.ts';
import { measure, type Plan } from './rounds.ts';
import { startRun } from './start-run.ts';
import { startStateServers } from './state-servers.ts';
import { aimsOfCases, formatAims, formatResults, whole } from './table.ts';

/**
 * Latchkey's limits beside other limiters on the same Redis, in one process, and what they cost an introspection over
 * HTTP. Prints Markdown for docs/benchmarks.md to standard output. `--quick` is for trying it out: it leaves out the
 * bursts, which take two minutes whatever the machine is.
 */

const FULL: Plan = { rounds: 5, seconds: 3, warmUpSeconds: 2 };
const QUICK: Plan = { rounds: 3, seconds: 1, warmUpSeconds: 1 };
const ORGANIZATIONS = 20_000;

const { isQuick, directory } = startRun();
const plan = isQuick ? QUICK : FULL;

const machine = describeMachine();
const state = await startStateServers(directory);
const contenders = await measureContenders({
  redisUrl: state.redisUrl,
  organizations: ORGANIZATIONS,
  plan,
  withBursts: !isQuick,
});
const pairs = await startPairs(directory, state);
const samples = await measure(await createLimitCases(pairs, await startLimitPeers(state)), plan);

console.log(`Limits of 100 calls a minute and 50,000 a day, by each limiter through ioredis from one process, ${CALLERS} calls under way at
a time; peers with automatic pipelining. ${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up; medians of the rounds.
"×" is against the union. Checks are of ${whole(ORGANIZATIONS)} organisations in turn, all known and all admitted; "used up" are checks of
${USED_UP} whose minute is used up. Redis grows by so many bytes for each of the ${whole(ORGANIZATIONS)} after one call, and after all of a minute's.
${
  isQuick
    ? 'The bursts were left out (--quick).'
    : 'The bursts: 1 call 0.3 s after a full minute, 100 after 59.7 s, 100 after 60.5 s, 100 after 119.6 s.'
}

${[...machine, ...state.versions].map((fact) => `- ${fact}`).join('\n')}
- the limiters' process has the servers' core; Redis and PostgreSQL share the load generator's

${formatContenders(contenders)}

Over HTTP, ${CONNECTIONS} connections of ${HTTP_ORGANIZATIONS.length} organisations, "×" against the rows that the table of aims names, in its order: "without
limits" is LATCHKEY_LIMITS=off, as in the other benchmarks; "with limits" counts every request against ${whole(PER_MINUTE)} calls a minute,
the most that can be set, and ${whole(PER_DAY)} a day for each organisation, which none reaches. fastify + rate-limiter-flexible only counts:
the union of the same two limits, for each of as many organisations in turn, on the same Redis with automatic pipelining.

${formatResults(samples)}

${formatAims([...aimsOfContenders(contenders), ...aimsOfCases(samples)])}`);
// The exit ends the servers.
process.exit();
