import { describe, expect, test } from 'vitest';
import { SOME_INSTANT } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

export function describeSignInStore(open: OpenDatabase): void {
  describe('SignInStore', () => {
    test('nobody has signed in before the first link is used', async () => {
      await using opened = await openWithOrganizations(open);
      const { signIns } = opened.database;

      expect(await signIns.hasAny()).toBe(false);
      await signIns.consume('sig_1', SOME_INSTANT);
      expect(await signIns.hasAny()).toBe(true);
    });

    test('a link is used once, each link for itself', async () => {
      await using opened = await openWithOrganizations(open);
      const { signIns } = opened.database;

      expect(await signIns.consume('sig_1', SOME_INSTANT)).toBe(true);
      expect(await signIns.consume('sig_1', SOME_INSTANT)).toBe(false);
      expect(await signIns.consume('sig_1', SOME_INSTANT + 1)).toBe(false);
      expect(await signIns.consume('sig_2', SOME_INSTANT)).toBe(true);
    });

    test('of 100 callers that race for a link one gets true', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;

      const results = await Promise.all(
        Array.from({ length: 100 }, () =>
          database.transact('default', ({ signIns }) => signIns.consume('sig_1', SOME_INSTANT)),
        ),
      );

      expect(results.filter((won) => won)).toHaveLength(1);
    });

    test('sweeping forgets old uses, but not that somebody has signed in', async () => {
      await using opened = await openWithOrganizations(open);
      const { signIns } = opened.database;
      const ages = [3, 2, 1];
      const consume = () => Promise.all(ages.map((age) => signIns.consume(`sig_${age}`, SOME_INSTANT - age)));
      await consume();

      await signIns.sweep(SOME_INSTANT - 1);
      expect(await consume()).toEqual([true, true, false]);
      await signIns.sweep(SOME_INSTANT + 1);
      expect(await signIns.hasAny()).toBe(true);
      expect(await consume()).toEqual([true, true, false]);
    });

    test('a use that is rolled back was none', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;

      const attempt = database.transact('default', async ({ signIns }) => {
        await signIns.consume('sig_1', SOME_INSTANT);
        throw new Error('rolled back');
      });

      await expect(attempt).rejects.toThrow('rolled back');
      expect(await database.signIns.consume('sig_1', SOME_INSTANT)).toBe(true);
    });
  });
}
