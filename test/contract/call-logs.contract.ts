import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/domain/limits/call-log.js';
import type { Quota } from '../../src/domain/limits/quota.js';
import { MemoryCallCounter } from '../../src/stores/memory/call-counter.memory.js';
import { SqlCallLogs } from '../../src/stores/sql/call-logs.sql.js';
import type { Schema } from '../../src/stores/sql/schema.js';
import { mostWithin } from '../property/limits/most-within.js';
import { NaiveCount } from '../property/limits/naive-count.js';
import { type Step, steps } from '../property/limits/quotas-and-steps.js';
import { expectSame } from '../support/expect-same.js';
import { EXPLORE_FACTOR } from '../support/seeded-random.js';

const RUNS = 200 * EXPLORE_FACTOR;
const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;
const MIDNIGHT_US = 1_767_225_600_000_000;
/** Instants as far apart as this are kept as they are. */
const APART_US = 100_000;

const quotas: fc.Arbitrary<Quota> = fc.record({
  perMinute: fc.integer({ min: 1, max: 8 }),
  perDay: fc.integer({ min: 6, max: 40 }),
  dayWindow: fc.constantFrom('rolling', 'calendar'),
});

/** How long after the last call a gateway is back. */
const aheadUs = fc.oneof(
  fc.constantFrom(0, 1_000_000, MINUTE_US, DAY_US),
  fc.integer({ min: 0, max: 90_000 }).map((seconds) => seconds * 1_000_000),
);
/** By how much its clock is behind the last call then. */
const behindUs = fc.oneof(
  fc.constantFrom(APART_US, 5_000_000, MINUTE_US, DAY_US),
  fc.integer({ min: 1, max: 40 }).map((tenths) => tenths * APART_US),
);

/** A gateway that counts alone, by a clock that is set to each step. */
async function startCounting(db: Kysely<Schema>, subject: string) {
  let nowUs = 0;
  const counter = new MemoryCallCounter({ nowUs: () => nowUs }, await SqlCallLogs.open(db));
  const count = (quota: Quota, { clockUs, cost }: Step): Decision => {
    nowUs = clockUs;
    return counter.count(subject, quota, cost);
  };
  return { count, keep: () => counter.keep() };
}

function fitting(taken: readonly Step[], { perMinute, perDay = perMinute }: Quota): Step[] {
  return taken.filter(({ cost }) => cost <= Math.min(perMinute, perDay));
}

/** Where a lowered limit is exceeded, `resetsAtUs` is when a call comes free, not when the first one is gone. */
function comparable({ minute, ...decision }: Decision) {
  return { ...decision, minute: minute.remaining > 0 ? minute : { ...minute, resetsAtUs: undefined } };
}

interface Restart {
  readonly quotas: readonly [before: Quota, after: Quota];
  readonly steps: readonly [before: readonly Step[], after: readonly Step[]];
  /** The clock at the restart, from which the steps after it go on. */
  readonly clockUs: number;
}

/** Compares each decision with a naive count that forgets nothing; resolves with how many were refused after the restart. */
async function countOverRestart(db: Kysely<Schema>, subject: string, restart: Restart): Promise<number> {
  const { clockUs } = restart;
  const [before, after] = restart.quotas;
  const [first, later] = restart.steps;
  const naive = new NaiveCount();
  const one = await startCounting(db, subject);
  for (const step of fitting(first, before)) {
    expectSame(one.count(before, step), naive.count(before, step.clockUs, step.cost));
  }
  await one.keep();

  const another = await startCounting(db, subject);
  // Calls that are of the future by the clock now count as made now.
  const known = new NaiveCount();
  known.admittedAtUs.push(...naive.admittedAtUs.map((atUs) => Math.min(atUs, clockUs)));
  const offsetUs = clockUs - (later[0]?.clockUs ?? 0);
  const moved = later.map((step) => ({ ...step, clockUs: step.clockUs + offsetUs }));
  let refusals = 0;
  for (const step of [{ clockUs, cost: 0 }, ...fitting(moved, after)]) {
    const decision = another.count(after, step);
    expectSame(comparable(decision), comparable(known.count(after, step.clockUs, step.cost)));
    if (!decision.isAdmitted) refusals++;
  }
  return refusals;
}

/** What the logs of a gateway that counts alone promise over a restart. */
export function describeCallLogs(open: () => Promise<{ readonly db: Kysely<Schema> } & AsyncDisposable>): void {
  describe('call logs', () => {
    test('decide after a restart as if there had been none, under a limit that is lowered, raised or of another day', async () => {
      await using opened = await open();
      const refusals: number[] = [];
      const both = fc.tuple(quotas, quotas);
      await fc.assert(
        fc.asyncProperty(both, steps, aheadUs, async (changing, taken, waitUs) => {
          const apart = taken.map(({ clockUs, cost }) => ({ clockUs: clockUs - (clockUs % APART_US), cost }));
          const half = apart.length / 2;
          const first = apart.slice(0, half);
          const clockUs = Math.max(...first.map((step) => step.clockUs)) + waitUs;
          const restart = { quotas: changing, steps: [first, apart.slice(half)] as const, clockUs };
          refusals.push(await countOverRestart(opened.db, `organisation ${refusals.length}`, restart));
        }),
        { numRuns: RUNS },
      );
      expect(refusals.reduce((sum, count) => sum + count)).toBeGreaterThan(RUNS);
    });

    test('take calls for made now where the clock is behind them after a restart, be it by a midnight', async () => {
      await using opened = await open();
      let runs = 0;
      const both = fc.tuple(quotas, quotas);
      await fc.assert(
        fc.asyncProperty(both, steps, behindUs, async (changing, taken, backUs) => {
          const half = taken.length / 2;
          const beforeMidnightUs = MIDNIGHT_US - 2_000_000;
          const first = taken
            .slice(0, half)
            .map(({ cost }, index) => ({ clockUs: beforeMidnightUs + index * APART_US, cost }));
          const clockUs = (first.at(-1)?.clockUs ?? 0) - backUs;
          const later = taken
            .slice(half)
            .map((step) => ({ ...step, clockUs: step.clockUs - (step.clockUs % APART_US) }));
          await countOverRestart(opened.db, `organisation ${runs++}`, {
            quotas: changing,
            steps: [first, later],
            clockUs,
          });
        }),
        { numRuns: RUNS },
      );
    });

    test('admit no more than the limit in any minute and day with a restart in it, however close the calls', async () => {
      await using opened = await open();
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(quotas, steps, async (quota, taken) => {
          const subject = `organisation ${runs++}`;
          const admittedAtUs: number[] = [];
          const all = fitting(taken, quota);
          let lastUs = 0;
          for (const part of [all.slice(0, 20), all.slice(20)]) {
            const counting = await startCounting(opened.db, subject);
            for (const step of part) {
              // A clock that is behind at a restart starts a new time, of which the other test tells.
              lastUs = Math.max(lastUs, step.clockUs);
              const { isAdmitted } = counting.count(quota, { ...step, clockUs: lastUs });
              if (isAdmitted) admittedAtUs.push(...Array<number>(step.cost).fill(lastUs));
            }
            await counting.keep();
          }
          expect(mostWithin(admittedAtUs, MINUTE_US)).toBeLessThanOrEqual(quota.perMinute);
          const days =
            quota.dayWindow === 'rolling' ? admittedAtUs : admittedAtUs.map((atUs) => atUs - (atUs % DAY_US));
          expect(mostWithin(days, DAY_US)).toBeLessThanOrEqual(quota.perDay ?? 0);
        }),
        { numRuns: RUNS },
      );
    });
  });
}
