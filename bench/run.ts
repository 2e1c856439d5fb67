import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONNECTIONS, createCases } from './cases.ts';
import { describeMachine } from './machine.ts';
import { residentBytes } from './processes.ts';
import { measure, type Plan } from './rounds.ts';
import { startServers } from './servers.ts';
import { aimsOfCases, formatAims, formatResults, median, megabytes } from './table.ts';

/**
 * Latchkey beside oidc-provider, a stock Apollo Server and a bare fastify route, each a process of its own under the
 * same load. Prints Markdown for docs/benchmarks.md to standard output. `--quick` is for trying it out.
 */

const FULL: Plan = { rounds: 5, seconds: 3, warmUpSeconds: 2 };
const QUICK: Plan = { rounds: 5, seconds: 1, warmUpSeconds: 1 };

const READY_MS_MAX = 1000;
const RESIDENT_BYTES_MAX = 150e6;

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
if (process.platform !== 'linux') throw new Error('The benchmark reads CPU time from /proc: run it on Linux.');
const plan = options.quick ? QUICK : FULL;

const directory = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const machine = describeMachine(directory);
const servers = await startServers(directory);
const { latchkey } = servers;
const readyMs = median(servers.latchkeyReadyMs);
const residentAtStart = residentBytes(latchkey);
const samples = await measure(await createCases(servers), plan);
const residentAtEnd = residentBytes(latchkey);
const residentAtMost = residentBytes(latchkey, 'highest');

console.log(`${plan.rounds} interleaved rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up, ${CONNECTIONS} connections; medians of the rounds.
"×" is against the nearest row of a peer above. Where a server used less than its core, something else held it up
(its neighbours on the machine, the load generator, the disk): compare the CPU then. Every answer was checked.

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
