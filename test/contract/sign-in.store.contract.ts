import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { SOME_INSTANT } from '../support/records.js';
import { dealOut, type OpenDatabase, openWithOrganizations } from './open-database.js';

function consume(database: Database, id: string, at = SOME_INSTANT): Promise<boolean> {
  return database.change('default', ({ signIns }) => signIns.consume(id, at));
}

export function describeSignInStore(open: OpenDatabase): void {
  describe('SignInStore', () => {
    test('nobody has signed in before the first link is used', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;

      expect(await database.signIns.hasAny()).toBe(false);
      await consume(database, 'sig_1');
      expect(await database.signIns.hasAny()).toBe(true);
    });

    test('a link is used once, each link for itself', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;

      expect(await consume(database, 'sig_1')).toBe(true);
      expect(await consume(database, 'sig_1')).toBe(false);
      expect(await consume(database, 'sig_1', SOME_INSTANT + 1)).toBe(false);
      expect(await consume(database, 'sig_2')).toBe(true);
    });

    test('of 100 callers that race for a link one gets true', async () => {
      await using opened = await openWithOrganizations(open);
      const databaseOf = await dealOut(opened);

      const results = await Promise.all(
        Array.from({ length: 100 }, (_, caller) => consume(databaseOf(caller), 'sig_1')),
      );

      expect(results.filter((won) => won)).toHaveLength(1);
    });

    test('sweeping forgets old uses, but not that somebody has signed in', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const { signIns } = database;
      const ages = [3, 2, 1];
      const consumeAll = () => Promise.all(ages.map((age) => consume(database, `sig_${age}`, SOME_INSTANT - age)));
      await consumeAll();

      await signIns.sweep(SOME_INSTANT - 1);
      expect(await consumeAll()).toEqual([true, true, false]);
      await signIns.sweep(SOME_INSTANT + 1);
      expect(await signIns.hasAny()).toBe(true);
      expect(await consumeAll()).toEqual([true, true, false]);
    });

    test('a use that is rolled back was none', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;

      const attempt = database.change('default', async ({ signIns }) => {
        await signIns.consume('sig_1', SOME_INSTANT);
        throw new Error('rolled back');
      });

      await expect(attempt).rejects.toThrow('rolled back');
      expect(await consume(database, 'sig_1')).toBe(true);
    });
  });
}
