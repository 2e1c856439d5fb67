import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/limits/call-log.js';
import type { Quota } from '../../../src/domain/limits/quota.js';
import { MemoryCallCounter } from '../../../src/stores/memory/call-counter.memory.js';
import { EXPLORE_FACTOR } from '../../support/seeded-random.js';
import { type CountedStep, CountingScript } from './counting-script.js';
import { mostWithin } from './most-within.js';
import { NaiveCount } from './naive-count.js';
import { batches, changedQuotas, quotas, steps } from './quotas-and-steps.js';

const RUNS = 2_500;

describe('the decision whether calls are within a quota', () => {
  let script: CountingScript;
  beforeAll(async () => {
    script = await CountingScript.open();
  });
  afterAll(() => script.close());

  test('the script in Redis, the counter in memory and a naive count agree in every decision, remainder and instant', async () => {
    let decisions = 0;
    await fc.assert(
      fc.asyncProperty(quotas, steps, async (quota, taken) => {
        const fitting = taken.filter(({ cost }) => cost <= Math.min(quota.perMinute, quota.perDay ?? cost));
        const naive = new NaiveCount();
        const expected = fitting.map(({ clockUs, cost }) => naive.count(quota, clockUs, cost));

        expect(countInMemory(quota, fitting)).toEqual(expected);
        const asked = fitting.map(({ clockUs, cost }) => ({ clockUs, quota, costs: [cost] }));
        const counted = await script.count(asked, naive.admittedAtUs[0]);
        expect(counted.flat()).toEqual(expected);
        expect(mostWithin(naive.admittedAtUs, 60_000_000)).toBeLessThanOrEqual(quota.perMinute);
        if (quota.dayWindow === 'rolling' && quota.perDay !== undefined) {
          expect(mostWithin(naive.admittedAtUs, 86_400_000_000)).toBeLessThanOrEqual(quota.perDay);
        }
        decisions += fitting.length;
      }),
      { numRuns: RUNS * EXPLORE_FACTOR },
    );
    console.log(`${decisions} decisions, all of them equal`);
    expect(decisions).toBeGreaterThan(100_000);
  });

  test('what is asked for at once is decided on as if it came one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(quotas, batches, async (quota, taken) => {
        const most = Math.min(quota.perMinute, quota.perDay ?? quota.perMinute);
        const fitting = taken
          .map(({ clockUs, costs }) => ({ clockUs, quota, costs: costs.filter((cost) => cost <= most) }))
          .filter(({ costs }) => costs.length > 0);
        const naive = new NaiveCount();
        const expected = fitting.map(({ clockUs, costs }) =>
          costs.map((cost) => outcomeOf(naive.count(quota, clockUs, cost))),
        );
        const counted = await script.count(fitting, naive.admittedAtUs[0]);
        expect(counted.map((together) => together.map(outcomeOf))).toEqual(expected);
      }),
      { numRuns: 500 * EXPLORE_FACTOR },
    );
  });

  test('a limit that is raised or lowered between calls counts from then on, with what was admitted before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(changedQuotas), steps, async (changing, taken) => {
        const counted: CountedStep[] = [];
        let quota: Quota | undefined;
        for (const [index, { clockUs, cost }] of taken.entries()) {
          if (index % 10 === 0) quota = changing.next().value as Quota;
          if (quota !== undefined && cost <= quota.perMinute) counted.push({ clockUs, quota, costs: [cost] });
        }
        const naive = new NaiveCount();
        const expected = counted.map(({ clockUs, quota, costs: [cost = 0] }) => naive.count(quota, clockUs, cost));
        expect((await script.count(counted, naive.admittedAtUs[0])).flat()).toEqual(expected);
      }),
      { numRuns: 200 * EXPLORE_FACTOR },
    );
  });
});

function countInMemory(
  quota: Parameters<MemoryCallCounter['count']>[1],
  taken: readonly { clockUs: number; cost: number }[],
): Decision[] {
  let nowUs = 0;
  const counter = new MemoryCallCounter({ nowUs: () => nowUs });
  return taken.map(({ clockUs, cost }) => {
    nowUs = clockUs;
    return counter.count('subject', quota, cost);
  });
}

/** Without the instants, which of what is decided on at once are those after all of it. */
function outcomeOf({ isAdmitted, minute, day }: Decision) {
  return { isAdmitted, minute: minute.remaining, day: day?.remaining };
}
