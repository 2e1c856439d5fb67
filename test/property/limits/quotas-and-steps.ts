import fc from 'fast-check';
import type { Quota } from '../../../src/domain/limits/quota.js';

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;

/** Small limits, so that few calls reach them. */
export const quotas: fc.Arbitrary<Quota> = fc.record({
  perMinute: fc.integer({ min: 1, max: 8 }),
  perDay: fc.option(fc.integer({ min: 6, max: 40 }), { nil: undefined }),
  dayWindow: fc.constantFrom('rolling', 'calendar'),
});

/** Those that a subject with a limit for the day may be given one after the other: its log is kept in another way for each. */
export const changedQuotas: fc.Arbitrary<Quota> = fc.record({
  perMinute: fc.constantFrom(1, 3, 8, 1_001, 60_001),
  perDay: fc.constantFrom(6, 16, 30, 70_000),
  dayWindow: fc.constantFrom('rolling', 'calendar'),
});

export interface Step {
  readonly clockUs: number;
  readonly cost: number;
}

/** Steps of the clock that lie at the edges of windows, one that goes back, and some of any length. */
const ticksUs = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(MINUTE_US - 1, MINUTE_US, MINUTE_US + 1, 1_000_000, 10_000_000, -5_000_000),
  },
  { weight: 1, arbitrary: fc.constantFrom(DAY_US - 1, DAY_US, DAY_US + 1, DAY_US + MINUTE_US, 3 * DAY_US) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * MINUTE_US }) },
);

/** Calls of costs from 1 to 6, and questions, at instants that follow each other. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .record({
    startUs: fc.integer({ min: 0, max: DAY_US }),
    moves: fc.array(fc.tuple(ticksUs, fc.integer({ min: 0, max: 6 })), { minLength: 40, maxLength: 80 }),
  })
  .map(({ startUs, moves }) => {
    let clockUs = 1_767_225_600_000_000 + startUs;
    return moves.map(([tickUs, cost]) => {
      clockUs += tickUs;
      return { clockUs, cost };
    });
  });

/** Steps of several calls each, often of one cost. */
export const batches = fc
  .tuple(steps, fc.infiniteStream(fc.array(fc.constantFrom(1, 1, 1, 2, 3, 0), { minLength: 1, maxLength: 12 })))
  .map(([all, costs]) => all.slice(0, 20).map(({ clockUs }) => ({ clockUs, costs: costs.next().value as number[] })));
