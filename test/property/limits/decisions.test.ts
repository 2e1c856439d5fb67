import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/domain/limits/call-log.js';
import type { Quota } from '../../../src/domain/limits/quota.js';
import { MemoryCallCounter } from '../../../src/stores/memory/call-counter.memory.js';
import { expectSame } from '../../support/expect-same.js';
import { EXPLORE_FACTOR } from '../../support/seeded-random.js';
import { type CountedStep, CountingScript } from './counting-script.js';
import { mostWithin } from './most-within.js';
import { NaiveCount } from './naive-count.js';
import { batches, changedQuotas, quotas, steps } from './quotas-and-steps.js';

const RUNS = 2_500;
/** How many subjects one counter in memory is asked about: its memory for 10,000 takes longer to make than a case. */
const SUBJECTS_PER_COUNTER = 100;

describe('the decision whether calls are within a quota', () => {
  let script: CountingScript;
  beforeAll(async () => {
    script = await CountingScript.open();
  });
  afterAll(() => script.close());

  test('the script in Redis, the counter in memory and a naive count agree in every decision, remainder and instant', async () => {
    let decisions = 0;
    const memory = new CountersInMemory();
    await fc.assert(
      fc.asyncProperty(quotas, steps, async (quota, taken) => {
        const fitting = taken.filter(({ cost }) => cost <= Math.min(quota.perMinute, quota.perDay ?? cost));
        const naive = new NaiveCount();
        const expected = fitting.map(({ clockUs, cost }) => naive.count(quota, clockUs, cost));

        const asked = fitting.map(({ clockUs, cost }) => ({ clockUs, quota, costs: [cost] }));
        // Redis counts while the counter in memory does.
        const counting = script.count(asked, naive.admittedAtUs[0]);
        const inMemory = memory.count(quota, fitting);
        const counted = (await counting).flat();
        expectSame(inMemory, expected);
        expectSame(counted, expected);
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
        expectSame(
          counted.map((together) => together.map(outcomeOf)),
          expected,
        );
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
        expectSame((await script.count(counted, naive.admittedAtUs[0])).flat(), expected);
      }),
      { numRuns: 200 * EXPLORE_FACTOR },
    );
  });
});

/** Counts each subject's calls at instants that are given. */
class CountersInMemory {
  #nowUs = 0;
  #subjects = 0;
  #counter = this.#newCounter();

  count(quota: Quota, taken: readonly { clockUs: number; cost: number }[]): Decision[] {
    this.#subjects++;
    if (this.#subjects % SUBJECTS_PER_COUNTER === 0) this.#counter = this.#newCounter();
    return taken.map(({ clockUs, cost }) => {
      this.#nowUs = clockUs;
      return this.#counter.count(`subject ${this.#subjects}`, quota, cost);
    });
  }

  #newCounter(): MemoryCallCounter {
    return new MemoryCallCounter({ nowUs: () => this.#nowUs });
  }
}

/** Without the instants, which of what is decided on at once are those after all of it. */
function outcomeOf({ isAdmitted, minute, day }: Decision) {
  return { isAdmitted, minute: minute.remaining, day: day?.remaining };
}
