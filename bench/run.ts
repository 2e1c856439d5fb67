import { CONNECTIONS } from './case.ts';
import { createCases } from './cases.ts';
import { createConnectionCases } from './connection-cases.ts';
import { startConnectionServers } from './connection-servers.ts';
import { describeDisk, describeMachine } from './machine.ts';
import { residentBytes } from './processes.ts';
import { measure, type Plan } from './rounds.ts';
import { startServers } from './servers.ts';
import { startRun } from './start-run.ts';
import { aimsOfCases, formatAims, formatResults, median, megabytes } from './table.ts';

/**
 * Latchkey beside oidc-provider, stock Apollo Servers and a bare fastify route, each a process of its own under the same
 * load. Prints Markdown for docs/benchmarks.md to standard output. `--quick` is for trying it out.
 */

const FULL: Plan = { rounds: 5, seconds: 3, warmUpSeconds: 2 };
const QUICK: Plan = { rounds: 5, seconds: 1, warmUpSeconds: 1 };

const READY_MS_MAX = 600;
const RESIDENT_BYTES_MAX = 150e6;

const { isQuick, directory } = startRun();
const plan = isQuick ? QUICK : FULL;

const machine = [...describeMachine(), describeDisk(directory)];
const servers = await startServers(directory);
const { latchkey } = servers;
const readyMs = median(servers.latchkeyReadyMs);
const residentAtStart = residentBytes(latchkey);
const connectionCases = createConnectionCases(await startConnectionServers(directory));
const samples = await measure([...(await createCases(servers)), ...connectionCases], plan);
const residentAtEnd = residentBytes(latchkey);
const residentAtMost = residentBytes(latchkey, 'highest');

console.log(`${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up, ${CONNECTIONS} connections; medians of the rounds.
"×" is against the rows that the table of aims names, in its order. Where a server used less than its core, something
else held it up (its neighbours on the machine, the load generator, the disk): compare the CPU then. Every answer was checked.
Latchkey runs with LATCHKEY_LIMITS=off: npm run bench:limits measures what limits cost.

${machine.map((fact) => `- ${fact}`).join('\n')}
- Latchkey is ready ${readyMs.toFixed(0)} ms after its process starts: median of ${servers.latchkeyReadyMs.length}, each with a new data directory
- Latchkey's resident memory: ${megabytes(residentAtStart)} after the start, ${megabytes(residentAtEnd)} after the load, ${megabytes(residentAtMost)} at most

${formatResults(samples)}

${formatAims([
  ...aimsOfCases(samples),
  {
    name: 'start to ready',
    wanted: `under ${READY_MS_MAX} ms`,
    measured: `${readyMs.toFixed(0)} ms`,
    met: readyMs < READY_MS_MAX,
  },
  {
    name: 'resident memory at most',
    wanted: `under ${megabytes(RESIDENT_BYTES_MAX)}`,
    measured: megabytes(residentAtMost),
    met: residentAtMost < RESIDENT_BYTES_MAX,
  },
])}`);
// The exit ends the servers.
process.exit();
