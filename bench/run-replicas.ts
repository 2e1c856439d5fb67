import { LOOKUPS, measureBatching } from './batching.ts';
import { CONNECTIONS } from './case.ts';
import { createDurableCases } from './durable-cases.ts';
import { type ClientCredentials, createLatchkeyClient, startLatchkey } from './latchkey.ts';
import { describeDisk, describeMachine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { stopProcess } from './processes.ts';
import { createReplicaCases } from './replica-cases.ts';
import { startReplicaServers } from './replica-servers.ts';
import { measure, type Plan } from './rounds.ts';
import { startRun } from './start-run.ts';
import { measureStarts } from './starts.ts';
import { startStateServers } from './state-servers.ts';
import { aimsOfCases, formatAims, formatResults, median, whole } from './table.ts';

/**
 * Replicas of Latchkey, on a Redis and a PostgreSQL of this run's own, beside peers that keep their state in the same
 * Redis or none. Prints Markdown for docs/benchmarks.md to standard output. `--quick` is for trying it out.
 */

const FULL: Plan = { rounds: 5, seconds: 3, warmUpSeconds: 2 };
const QUICK: Plan = { rounds: 5, seconds: 1, warmUpSeconds: 1 };
const LOOKUP_ROUNDS = 500;
/** As many as an organisation may have. */
const CLIENTS = 15;

const { isQuick, directory } = startRun();
const plan = isQuick ? QUICK : FULL;

const machine = [...describeMachine(), describeDisk(directory)];
const state = await startStateServers(directory);
const servers = await startReplicaServers(state, directory);
const starts = await measureStarts(servers.latchkey);
const clients: ClientCredentials[] = [];
for (let index = 0; index < CLIENTS; index++) {
  clients.push(await createLatchkeyClient(servers.latchkey, `bench ${index}`));
}
const [client] = clients as [ClientCredentials];
const asked = await startLatchkey(servers.latchkey.env);
const memory = await measureMemory({ clients, issuing: servers.latchkey, asked, redisUrl: state.redisUrl });
await stopProcess(asked.child);
const batching = await measureBatching({
  databaseUrl: state.databaseUrl,
  redisUrl: state.redisUrl,
  keys: servers.keys,
  tokens: memory.tokens.slice(0, LOOKUPS),
  rounds: LOOKUP_ROUNDS,
});
const durable = await createDurableCases(servers, state.postgres);
const samples = await measure([...(await createReplicaCases(servers, client)), ...durable], plan);
const ofPostgres = durable.filter(({ postgres }) => postgres !== undefined);

console.log(`${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up, ${CONNECTIONS} connections; medians of the rounds.
"×" is against the rows that the table of aims names, in its order. Where a server used less than its core, something
else held it up (its neighbours on the machine, the load generator, Redis): compare the CPU then. Every answer was checked.
Latchkey runs with LATCHKEY_LIMITS=off: npm run bench:limits measures what limits cost.

${[...machine, ...state.versions, ...memory.facts, batching.fact, starts.fact].map((fact) => `- ${fact}`).join('\n')}
- Redis and PostgreSQL share the load generator's core
- PostgreSQL's own CPU for a request where it is alone: ${ofPostgres.map((one) => `${one.work} ${whole(median((samples.get(one) ?? []).map(({ postgresMicroseconds }) => postgresMicroseconds)))} µs`).join(', ')}

${formatResults(samples)}

${formatAims([...aimsOfCases(samples), batching.aim, ...memory.aims, starts.aim])}`);
// The exit ends the servers.
process.exit();
