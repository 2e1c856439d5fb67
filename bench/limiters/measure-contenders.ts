import { once } from 'node:events';
import { SERVER_CORE, startProcess, stopProcess } from '../processes.ts';
import type { ContenderReport, LimitsOrder } from './driver.ts';

/** Has a process of its own put all contenders through everything that the order says. */
export async function measureContenders(order: LimitsOrder): Promise<readonly ContenderReport[]> {
  const child = startProcess(SERVER_CORE, 'bench/limiters/driver.ts', { messages: true });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    errors += chunk.toString();
  });
  const ended = new AbortController();
  child.once('close', () => ended.abort(new Error(`the process that asks the contenders ended: ${errors}`)));
  child.send(order);
  const [reports] = (await once(child, 'message', { signal: ended.signal })) as [readonly ContenderReport[]];
  await stopProcess(child);
  return reports;
}
