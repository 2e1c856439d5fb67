import { join } from 'node:path';
import { CONNECTIONS } from './case.ts';
import { startLatchkey } from './latchkey.ts';
import { startLoad } from './load-process.ts';
import { describeDisk, describeMachine } from './machine.ts';
import { residentBytes } from './processes.ts';
import { startRun } from './start-run.ts';
import { type Aim, formatAims, formatTable, megabytes, times, whole } from './table.ts';
import { createEverydayWork } from './work.ts';

/**
 * The resident memory of one process of Latchkey while it is asked a million things, as fast as it answers. Prints
 * Markdown for docs/benchmarks.md to standard output. `--quick` is for trying it out: it asks a tenth of that.
 */

const FULL_STEP = 200_000;
const QUICK_STEP = 20_000;
const STEPS = 5;
const RESIDENT_BYTES_MAX = 150e6;
/** From the first step to the last. */
const GROWTH_MAX = 1.03;

const { isQuick, directory } = startRun();
const step = isQuick ? QUICK_STEP : FULL_STEP;

const machine = [...describeMachine(), describeDisk(directory)];
const latchkey = await startLatchkey({ LATCHKEY_DATA_DIR: join(directory, 'data') });
const residentAtStart = residentBytes(latchkey);
const works = await createEverydayWork(latchkey);
const load = startLoad();
const rows: { readonly requests: number; readonly resident: number; readonly highest: number }[] = [];
while (rows.length < STEPS) {
  for (const { name, ...work } of works) {
    const until = { requests: step / works.length };
    await load.drive(name, { ...work, urls: [latchkey.url], connections: CONNECTIONS, until });
  }
  const requests = (rows.length + 1) * step;
  process.stderr.write(`${whole(requests)} requests\n`);
  rows.push({ requests, resident: residentBytes(latchkey), highest: residentBytes(latchkey, 'highest') });
}
await load.stop();

console.log(`One process of Latchkey, ${CONNECTIONS} connections, after each ${whole(step)} requests at full speed: as many each of
${works.map(({ name }) => name).join(', ')}. Every answer was checked.
Latchkey runs with LATCHKEY_LIMITS=off.

${machine.map((fact) => `- ${fact}`).join('\n')}

${formatTable(
  ['requests', 'resident memory', 'the most so far'],
  [
    ['0', megabytes(residentAtStart), ''],
    ...rows.map(({ requests, resident, highest }) => [whole(requests), megabytes(resident), megabytes(highest)]),
  ],
)}

${formatAims(aimsOf(rows[0]?.resident ?? Number.NaN, rows.at(-1)?.resident ?? Number.NaN))}`);
// The exit ends the server.
process.exit();

function aimsOf(first: number, last: number): Aim[] {
  return [
    {
      name: `resident memory after ${whole(STEPS * step)} requests`,
      wanted: `at most ${megabytes(RESIDENT_BYTES_MAX)}`,
      measured: megabytes(last),
      met: last <= RESIDENT_BYTES_MAX,
    },
    {
      name: 'the same',
      wanted: `at most ${GROWTH_MAX} × that after ${whole(step)}`,
      measured: times(last / first),
      met: last <= GROWTH_MAX * first,
    },
  ];
}
