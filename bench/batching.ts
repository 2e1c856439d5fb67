import { once } from 'node:events';
import type { LookupOrder, LookupReport } from './lookups.ts';
import { SERVER_CORE, startProcess, stopProcess } from './processes.ts';
import { type Aim, times } from './table.ts';

/** As many look-ups as a busy turn of the event loop has. */
export const LOOKUPS = 64;
const SPEEDUP_MIN = 3;

/** Compares look-ups of one turn of the event loop, which are one query, with as many that follow one another. */
export async function measureBatching(order: LookupOrder): Promise<{ fact: string; aim: Aim }> {
  const child = startProcess(SERVER_CORE, 'bench/lookups.ts', { messages: true });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new AbortController();
  child.once('close', () => ended.abort(new Error(`the process that looks tokens up ended: ${errors}`)));
  child.send(order);
  const [report] = (await once(child, 'message', { signal: ended.signal })) as [LookupReport];
  await stopProcess(child);
  const { togetherMs, oneByOneMs, speedup } = report;
  return {
    fact: `${LOOKUPS} look-ups in Redis: ${togetherMs.toFixed(2)} ms in one turn of the event loop, ${oneByOneMs.toFixed(2)} ms one after the other; medians of ${order.rounds}`,
    aim: {
      name: `${LOOKUPS} look-ups in one turn of the event loop`,
      wanted: `at least ${SPEEDUP_MIN} × as fast as one after the other`,
      measured: times(speedup),
      met: speedup >= SPEEDUP_MIN,
    },
  };
}
