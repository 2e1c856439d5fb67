import { type Latchkey, startLatchkey } from './latchkey.ts';
import { stopProcess } from './processes.ts';
import { type Aim, median } from './table.ts';

const STARTS = 5;
const READY_MS_MAX = 2_000;

/** How long one more replica takes from its process's start until it is ready, on the migrated database of one that runs. */
export async function measureStarts({ env }: Latchkey): Promise<{ readonly fact: string; readonly aim: Aim }> {
  const readyMs: number[] = [];
  while (readyMs.length < STARTS) {
    const started = await startLatchkey(env);
    readyMs.push(started.readyMs);
    await stopProcess(started.child);
  }
  const measured = `${median(readyMs).toFixed(0)} ms`;
  return {
    fact: `one more replica is ready ${measured} after its process starts: median of ${STARTS}, on a database that is migrated and a Redis that is there`,
    aim: {
      name: 'start to ready, on PostgreSQL and Redis',
      wanted: `under ${READY_MS_MAX} ms`,
      measured,
      met: median(readyMs) < READY_MS_MAX,
    },
  };
}
