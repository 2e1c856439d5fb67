import { expect, test } from 'vitest';
import type { Quota } from '../../../src/domain/limits/quota.js';
import { MemoryCallCounter } from '../../../src/stores/memory/call-counter.memory.js';
import { CountingScript } from './counting-script.js';
import { mostWithin } from './most-within.js';

const MINUTE_US = 60_000_000;
const LIMIT = 100;
const QUOTA: Quota = { perMinute: LIMIT, perDay: 50_000, dayWindow: 'rolling' };
const START_US = 1_767_225_600_000_000;

/** Two bursts of the whole limit, less than a minute apart, each at the very end of a minute by the clock. */
const CALLS_US = [MINUTE_US - 1_000, 2 * MINUTE_US - 2_000].flatMap((burstUs) =>
  Array.from({ length: LIMIT }, (_, call) => START_US + burstUs + call),
);

/**
 * The limiter that is in wide use: two counters, of this minute and of the one before, of which what lies within the last
 * sixty seconds is estimated as if its calls had been spread evenly.
 */
class SlidingWindowCounter {
  readonly #counts = new Map<number, number>();

  admits(nowUs: number): boolean {
    const minute = Math.floor(nowUs / MINUTE_US);
    const share = 1 - (nowUs % MINUTE_US) / MINUTE_US;
    const current = this.#counts.get(minute) ?? 0;
    if ((this.#counts.get(minute - 1) ?? 0) * share + current >= LIMIT) return false;
    this.#counts.set(minute, current + 1);
    return true;
  }
}

test('of two bursts a sliding-window counter admits nearly twice the limit in a minute, and neither of ours more than it', async () => {
  const others = new SlidingWindowCounter();
  const byOthers = CALLS_US.filter((nowUs) => others.admits(nowUs));

  let nowUs = 0;
  const memory = new MemoryCallCounter({ nowUs: () => nowUs });
  const inMemory = CALLS_US.filter((callUs) => {
    nowUs = callUs;
    return memory.count('subject', QUOTA, 1).isAdmitted;
  });

  const script = await CountingScript.open();
  const asked = CALLS_US.map((clockUs) => ({ clockUs, quota: QUOTA, costs: [1] }));
  const decisions = await script.count(asked, CALLS_US[0]);
  script.close();
  const inRedis = CALLS_US.filter((_, index) => decisions[index]?.[0]?.isAdmitted);

  expect(mostWithin(byOthers, MINUTE_US)).toBeGreaterThan(1.95 * LIMIT);
  expect(mostWithin(inMemory, MINUTE_US)).toBe(LIMIT);
  expect(mostWithin(inRedis, MINUTE_US)).toBe(LIMIT);
});
