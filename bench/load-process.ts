import { once } from 'node:events';
import type { LoadOrder, LoadReport } from './load.ts';
import { LOAD_CORE, startProcess, stopProcess } from './processes.ts';

/** The load generator, on its own core. */
export interface Load {
  /** @throws Error that begins with `name`, where any answer was not a good one: there is nothing to compare then */
  drive(name: string, order: LoadOrder): Promise<LoadReport>;
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const child = startProcess(LOAD_CORE, 'bench/load.ts', { messages: true });
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the load generator ended')));
  return {
    drive: async (name, order) => {
      child.send(order);
      const [report] = (await once(child, 'message', { signal: ended.signal })) as [LoadReport];
      const { requests, non2xx, wrong, failed } = report;
      if (requests === 0 || non2xx + wrong + failed > 0) {
        throw new Error(`${name}: not every answer is good: ${JSON.stringify(report)}`);
      }
      return report;
    },
    stop: () => stopProcess(child),
  };
}
