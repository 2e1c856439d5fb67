import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CallCounter } from '../../src/domain/limits/call.counter.js';
import type { Quota } from '../../src/domain/limits/quota.js';
import type { OpenDatabase } from './open-database.js';

const QUOTA: Quota = { perMinute: 5, perDay: 100, dayWindow: 'rolling' };

/** What every counter of calls promises, in a minute of its own clock. Instants are test/property/limits' to compare. */
export function describeCallCounter(open: OpenDatabase): void {
  /** Counts all of the costs in one turn of the event loop. */
  const countTogether = async (calls: CallCounter, subject: string, quota: Quota, costs: readonly number[]) => {
    const decisions = await Promise.all(costs.map((cost) => calls.count(subject, quota, cost)));
    return decisions.map(({ isAdmitted }) => isAdmitted);
  };

  describe('CallCounter', () => {
    test('admits as many as the quota says, tells how many remain, and refuses the next', async () => {
      await using opened = await open();
      const { calls } = opened.database;
      const remaining: number[] = [];
      for (let call = 0; call < QUOTA.perMinute; call++) {
        const { isAdmitted, minute, day } = await calls.count('organization', QUOTA, 1);
        remaining.push(minute.remaining, day?.remaining ?? -1);
        expect(isAdmitted).toBe(true);
        expect(minute.retryAtUs).toBeUndefined();
      }
      expect(remaining).toEqual([4, 99, 3, 98, 2, 97, 1, 96, 0, 95]);

      const refused = await calls.count('organization', QUOTA, 1);
      expect([refused.isAdmitted, refused.minute.remaining, refused.day?.remaining]).toEqual([false, 0, 95]);
      const waitUs = (refused.minute.retryAtUs ?? 0) - refused.decidedAtUs;
      expect(waitUs).toBeGreaterThan(0);
      expect(waitUs).toBeLessThanOrEqual(60_000_000);
      expect(refused.day?.retryAtUs).toBeUndefined();
    });

    test('of what is asked in one turn each is admitted whole or not at all, in its order, and a refusal takes nothing', async () => {
      await using opened = await open();
      expect(await countTogether(opened.database.calls, 'organization', QUOTA, [3, 3, 1, 2, 1, 1])).toEqual([
        true,
        false,
        true,
        false,
        true,
        false,
      ]);
    });

    test('what is asked in one turn is told its own remainder each', async () => {
      await using opened = await open();
      const { calls } = opened.database;
      const decisions = await Promise.all([0, 2, 1, 4, 1].map((cost) => calls.count('organization', QUOTA, cost)));
      expect(decisions.map(({ minute }) => minute.remaining)).toEqual([5, 3, 2, 2, 1]);
    });

    test('the limit of the day refuses what the minute would admit', async () => {
      await using opened = await open();
      const quota = { ...QUOTA, perDay: 3 };
      expect(await countTogether(opened.database.calls, 'organization', quota, [1, 1, 1, 1])).toEqual([
        true,
        true,
        true,
        false,
      ]);
      const { minute, day, decidedAtUs } = await opened.database.calls.count('organization', quota, 1);
      expect([minute.retryAtUs, minute.remaining, day?.remaining]).toEqual([undefined, 2, 0]);
      expect((day?.retryAtUs ?? 0) - decidedAtUs).toBeGreaterThan(86_400_000_000 - 60_000_000);
    });

    test('asking how things stand counts nothing', async () => {
      await using opened = await open();
      const { calls } = opened.database;
      for (let times = 0; times < 3; times++) {
        const { isAdmitted, minute, day, decidedAtUs } = await calls.count('organization', QUOTA, 0);
        expect([isAdmitted, minute.remaining, day?.remaining]).toEqual([true, 5, 100]);
        expect([minute.resetsAtUs, day?.resetsAtUs]).toEqual([decidedAtUs, decidedAtUs]);
      }
    });

    test('of a thousand that are asked for at once as many are admitted as the quota says', async () => {
      await using opened = await open();
      const quota = { ...QUOTA, perMinute: 100, perDay: 1_000 };
      const admitted = await countTogether(opened.database.calls, 'organization', quota, Array(1_000).fill(1));
      expect(admitted).toEqual([...Array(100).fill(true), ...Array(900).fill(false)]);
    });

    test('subjects do not draw on each other, and one without a limit for the day has none', async () => {
      await using opened = await open();
      const { calls } = opened.database;
      const subjects = Array.from({ length: 20 }, () => randomUUID());
      const quota = { ...QUOTA, perDay: undefined };
      const all = await Promise.all(subjects.map((subject) => countTogether(calls, subject, quota, [2, 2, 2])));
      expect(all).toEqual(subjects.map(() => [true, true, false]));
      expect((await calls.count(subjects[0] as string, quota, 0)).day).toBeUndefined();
    });
  });
}
