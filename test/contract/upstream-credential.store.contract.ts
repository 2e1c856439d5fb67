import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { connectionRecord } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

async function keep(database: Database, id: string, sealed: string): Promise<void> {
  const connection = connectionRecord({ id });
  await database.change('default', async ({ connections, upstreamCredentials }) => {
    await connections.insert(connection);
    await upstreamCredentials.save(id, sealed);
  });
}

function save(database: Database, connectionId: string, sealed: string): Promise<void> {
  return database.change('default', ({ upstreamCredentials }) => upstreamCredentials.save(connectionId, sealed));
}

export function describeUpstreamCredentialStore(open: OpenDatabase): void {
  describe('UpstreamCredentialStore', () => {
    test('a connection has the credential that was saved last, or none', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const { upstreamCredentials } = database;
      await keep(database, 'con_1', 'k1.one');
      expect(await upstreamCredentials.find('con_1')).toBe('k1.one');
      await save(database, 'con_1', 'k2.two');
      expect(await upstreamCredentials.find('con_1')).toBe('k2.two');
      expect(await upstreamCredentials.find('con_2')).toBeUndefined();
    });

    test('it is gone with its connection, and cannot be kept for one that is not there', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await keep(database, 'con_1', 'k1.one');
      await database.change('default', async ({ connections }) => {
        const [connection] = await connections.findMany('default', ['con_1']);
        if (connection !== undefined) await connections.delete(connection);
      });
      expect(await database.upstreamCredentials.find('con_1')).toBeUndefined();
      await expect(save(database, 'con_1', 'k1.one')).rejects.toThrow();
    });

    test('those that another key seals are listed a slice at a time, with whose they are', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      for (const [id, sealed] of [
        ['con_1', 'k1.one'],
        ['con_2', 'k2.two'],
        ['con_3', 'k1.three'],
        ['con_4', 'k3.four'],
      ] as const) {
        await keep(database, id, sealed);
      }
      const list = async (after: string, limit: number) =>
        (await database.upstreamCredentials.listSealedOtherwise('k2', after, limit)).map(({ sealed }) => sealed);
      expect(await list('', 2)).toEqual(['k1.one', 'k1.three']);
      expect(await list('con_3', 2)).toEqual(['k3.four']);
      expect(await database.upstreamCredentials.listSealedOtherwise('k2', '', 1)).toEqual([
        { connectionId: 'con_1', organizationId: 'default', authenticationType: 'OAUTH', sealed: 'k1.one' },
      ]);
    });

    test('one is replaced only while it is what it was', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const { upstreamCredentials } = database;
      await keep(database, 'con_1', 'k1.one');
      expect(await upstreamCredentials.replace('con_1', 'k1.other', 'k2.wrong')).toBe(false);
      expect(await upstreamCredentials.replace('con_1', 'k1.one', 'k2.two')).toBe(true);
      expect(await upstreamCredentials.find('con_1')).toBe('k2.two');
      expect(await upstreamCredentials.listSealedOtherwise('k2', '', 10)).toEqual([]);
    });
  });
}
