import { setTimeout } from 'node:timers/promises';
import type { Contender } from './contenders.ts';
import { isUnanswered, type Limiter, MINUTE_MS } from './limiter.ts';

/**
 * Calls on both sides of where windows end, in real time. Against a clock's minutes and against a window from the first
 * call alike, the bursts stand right before the end of one and right after the beginning of the next.
 */
const SCHEDULE = [
  { atMs: 300, calls: 1 },
  { atMs: 59_700, calls: 100 },
  { atMs: 60_500, calls: 100 },
  { atMs: 119_600, calls: 100 },
] as const;
const SUBJECT = 'bursts';

/** The most calls that each contender admits in any 60 s, all of them under the schedule at the same time. */
export async function measureBursts(contenders: readonly Contender[], redisUrl: string): Promise<number[]> {
  const limiters = await Promise.all(contenders.map(({ open }) => open(redisUrl)));
  const admitted = limiters.map((): number[] => []);
  const begins = Date.now() + MINUTE_MS - (Date.now() % MINUTE_MS);
  for (const { atMs, calls } of SCHEDULE) {
    console.error(`burst of ${calls} at ${atMs / 1000} s`);
    await setTimeout(begins + atMs - Date.now());
    const bursts = limiters.map(async (limiter, index) => {
      admitted[index]?.push(...(await burst(limiter, calls)));
    });
    await Promise.all(bursts);
  }
  for (const limiter of limiters) limiter.close();
  return admitted.map(mostInAnyMinute);
}

/** The instants at which the calls that were admitted were sent. */
async function burst(limiter: Limiter, calls: number): Promise<number[]> {
  const instants = Array.from({ length: calls }, async () => {
    const sentAt = performance.now();
    try {
      return (await limiter.admit(SUBJECT, 1)) ? [sentAt] : [];
    } catch (error) {
      if (!isUnanswered(error)) throw error;
      return [];
    }
  });
  return (await Promise.all(instants)).flat();
}

/** Of instants in their order. */
function mostInAnyMinute(instants: readonly number[]): number {
  const within = (from: number) => instants.filter((at) => at >= from && at < from + MINUTE_MS).length;
  return Math.max(...instants.map(within));
}
