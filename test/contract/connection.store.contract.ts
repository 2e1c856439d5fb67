import { describe, expect, test } from 'vitest';
import { connectionRecord, SOME_INSTANT, secretRecord } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

/** What ConnectionStore promises of reading; changes have a suite of their own, and so have caps and names. */
export function describeConnectionStore(open: OpenDatabase): void {
  describe('ConnectionStore', () => {
    test('a connection is read back as it was inserted, its secrets newest first', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const current = secretRecord({ createdAt: SOME_INSTANT + 1, lastUsedAt: SOME_INSTANT + 2 });
      const retiring = secretRecord({ state: 'RETIRING', expiresAt: SOME_INSTANT + 3 });
      const connection = connectionRecord({
        name: 'Ünïcode 🚀',
        status: 'DISABLED',
        generation: 7,
        allowedCidrs: ['10.0.0.0/8', '::1/128'],
        createdBy: 'user:somebody',
        updatedAt: SOME_INSTANT + 4,
        lastUsedAt: SOME_INSTANT + 5,
      });
      const withSecrets = (...secrets: (typeof current)[]) => ({ ...connection, secrets });

      await database.change('default', ({ connections }) => connections.insert(withSecrets(retiring, current)));

      expect(await database.connections.list('default')).toEqual([withSecrets(current, retiring)]);
    });

    test('an organisation’s connections are listed oldest first, of one type where one is asked for', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const key = connectionRecord({ authenticationType: 'ACCESS_KEY', createdAt: 1 });
      const oldest = connectionRecord({ createdAt: 0 });
      const [lower, higher] = ['con_a', 'con_b'].map((id) => connectionRecord({ id, createdAt: 2 }));
      const foreign = connectionRecord({ organizationId: 'other', createdAt: 0 });
      await database.change('default', async ({ connections }) => {
        for (const connection of [higher, foreign, oldest, lower, key]) {
          if (connection !== undefined) await connections.insert(connection);
        }
      });

      expect(await database.connections.list('default')).toEqual([oldest, key, lower, higher]);
      expect(await database.connections.list('other')).toEqual([foreign]);
      expect(await database.connections.list('unknown')).toEqual([]);
    });

    test('findMany answers in the order of the ids: undefined where absent and where another organisation’s', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [first, second] = [connectionRecord(), connectionRecord()];
      const foreign = connectionRecord({ organizationId: 'other' });
      await database.change('default', async ({ connections }) => {
        for (const connection of [first, second, foreign]) await connections.insert(connection);
      });

      const asked = [second.id, 'con_absent', first.id, foreign.id, second.id];
      expect(await database.connections.findMany('default', asked)).toEqual([
        second,
        undefined,
        first,
        undefined,
        second,
      ]);
      expect(await database.connections.findMany('default', [])).toEqual([]);
    });

    test('a client is found by its id, of whichever organisation', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const own = connectionRecord({ clientId: 'lkid_own' });
      const foreign = connectionRecord({ organizationId: 'other', clientId: 'lkid_foreign' });
      const key = connectionRecord({ authenticationType: 'ACCESS_KEY' });
      await database.change('default', async ({ connections }) => {
        for (const connection of [own, foreign, key]) await connections.insert(connection);
      });

      const asked = ['lkid_foreign', 'lkid_absent', 'lkid_own', 'lkid_foreign', '', 'LKID_OWN', '\0'];
      const found = await Promise.all(asked.map((clientId) => database.connectionLookup.findByClientId(clientId)));
      expect(found).toEqual([foreign, undefined, own, foreign, undefined, undefined, undefined]);
    });

    test('an access key connection is found by any of its digests, an OAuth one never', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const key = connectionRecord({
        authenticationType: 'ACCESS_KEY',
        secrets: [
          secretRecord({ digest: { kid: 'k1', value: 'current' }, createdAt: 2 }),
          secretRecord({ digest: { kid: 'k1', value: 'retiring' }, state: 'RETIRING', createdAt: 1 }),
        ],
      });
      const client = connectionRecord({ secrets: [secretRecord({ digest: { kid: 'k1', value: 'client' } })] });
      await database.change('default', async ({ connections }) => {
        for (const connection of [key, client]) await connections.insert(connection);
      });
      const find = (...digests: string[]) => database.connectionLookup.findByAccessKeyDigests(digests);

      expect(await find('current')).toEqual(key);
      expect(await find('absent', 'retiring')).toEqual(key);
      expect(await find('absent')).toBeUndefined();
      expect(await find('client')).toBeUndefined();
    });
  });
}
