import type { CallCounter } from '../../src/domain/limits/call.counter.js';
import type { Quota } from '../../src/domain/limits/quota.js';

/** How many of so many calls are admitted, each gateway sending its part, a few at a time. */
export async function floodCounters(
  counters: readonly Pick<CallCounter, 'count'>[],
  subject: string,
  { calls, quota }: { readonly calls: number; readonly quota: Quota },
  afterEach = async () => {},
): Promise<number> {
  let sent = 0;
  let admitted = 0;
  const worker = async (counter: Pick<CallCounter, 'count'>) => {
    while (sent++ < calls) {
      if ((await counter.count(subject, quota, 1)).isAdmitted) admitted++;
      await afterEach();
    }
  };
  await Promise.all(counters.flatMap((counter) => [worker(counter), worker(counter)]));
  return admitted;
}
