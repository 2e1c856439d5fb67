import { describe, expect, test } from 'vitest';
import type { ConnectionStore } from '../../src/domain/connections/connection.store.js';
import { connectionRecord, SOME_INSTANT, secretRecord } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

/** What ConnectionStore promises of changing what is there, and of remembering what was created. */
export function describeConnectionChanges(open: OpenDatabase): void {
  describe('ConnectionStore: changes', () => {
    test('update writes name, status, generation, allowedCidrs and updatedAt, and nothing else', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      const untouched = connectionRecord();
      await database.transact('default', async ({ connections }) => {
        for (const each of [connection, untouched]) await connections.insert(each);
      });

      const written = {
        name: 'new name',
        status: 'DISABLED',
        generation: 2,
        allowedCidrs: ['10.0.0.0/8', '2001:db8::/32'],
        updatedAt: SOME_INSTANT + 1,
      } as const;
      const ignored = { createdBy: 'user:forged', createdAt: 0, lastUsedAt: 1, clientId: 'lkid_forged', secrets: [] };
      await database.transact('default', ({ connections }) =>
        connections.update({ ...connection, ...written, ...ignored }),
      );

      const found = await database.connections.findMany('default', [connection.id, untouched.id]);
      expect(found).toEqual([{ ...connection, ...written }, untouched]);
    });

    test('update and delete leave alone what is another organisation’s', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      await database.transact('default', ({ connections }) => connections.insert(connection));

      const claimed = { ...connection, organizationId: 'other', name: 'taken over' };
      await database.transact('default', ({ connections }) => connections.update(claimed));
      await database.transact('default', ({ connections }) => connections.delete(claimed));

      expect(await database.connections.list('default')).toEqual([connection]);
      expect(await database.connections.list('other')).toEqual([]);
    });

    test('replaceSecrets puts one secret in the place of all the connection’s, and of no other’s', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const old = [secretRecord({ createdAt: 2 }), secretRecord({ state: 'RETIRING', createdAt: 1 })];
      const connection = connectionRecord({ authenticationType: 'ACCESS_KEY', secrets: old });
      const untouched = connectionRecord();
      await database.transact('default', async ({ connections }) => {
        for (const each of [connection, untouched]) await connections.insert(each);
      });
      const replacement = secretRecord();

      await database.transact('default', ({ connections }) => connections.replaceSecrets(connection, replacement));

      const found = await database.connections.findMany('default', [connection.id, untouched.id]);
      expect(found).toEqual([{ ...connection, secrets: [replacement] }, untouched]);
      const oldDigests = old.map(({ digest }) => digest.value);
      expect(await database.connections.findByAccessKeyDigests(oldDigests)).toBeUndefined();
    });

    test('delete removes the connection with its secrets, and no other', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      const untouched = connectionRecord();
      await database.transact('default', async ({ connections }) => {
        for (const each of [connection, untouched]) await connections.insert(each);
      });

      await database.transact('default', ({ connections }) => connections.delete(connection));

      expect(await database.connections.list('default')).toEqual([untouched]);
      // Ids and digests of secrets are unique: the same ones fit only where the old rows are gone.
      await database.transact('default', ({ connections }) => connections.insert(connection));
      expect(await database.connections.findMany('default', [connection.id])).toEqual([connection]);
    });

    test('each change is heard before it is acknowledged, and nothing of one that is rolled back need be', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      await database.transact('default', ({ connections }) => connections.insert(connection));
      const heard: (string | undefined)[] = [];
      database.changes.onChange((connectionId) => heard.push(connectionId));
      const changes: ((connections: ConnectionStore) => Promise<void>)[] = [
        (connections) => connections.update({ ...connection, status: 'DISABLED' }),
        (connections) => connections.replaceSecrets(connection, secretRecord()),
        (connections) => connections.delete(connection),
      ];

      for (const change of changes) {
        heard.length = 0;
        await database.transact('default', ({ connections }) => change(connections));
        expect(heard).toContain(connection.id);
      }
      expect(database.changes.areCurrent).toBe(true);
    });

    test('connections are changed in a transaction or not at all', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      await database.transact('default', ({ connections }) => connections.insert(connection));

      await expect(database.connections.update({ ...connection, name: 'renamed' })).rejects.toThrow('transaction');
      await expect(database.connections.replaceSecrets(connection, secretRecord())).rejects.toThrow('transaction');
      await expect(database.connections.delete(connection)).rejects.toThrow('transaction');

      expect(await database.connections.list('default')).toEqual([connection]);
    });

    test('an idempotent create is found by its key in its own organisation, also after its connection is gone', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      const create = { key: 'key-1', inputDigest: 'digest', connectionId: connection.id };
      expect(await database.connections.findIdempotentCreate('default', 'key-1')).toBeUndefined();

      await database.transact('default', async ({ connections }) => {
        await connections.insert(connection);
        await connections.insertIdempotentCreate('default', create, SOME_INSTANT);
      });
      await database.transact('default', ({ connections }) => connections.delete(connection));

      expect(await database.connections.findIdempotentCreate('default', 'key-1')).toEqual(create);
      expect(await database.connections.findIdempotentCreate('default', 'KEY-1')).toBeUndefined();
      expect(await database.connections.findIdempotentCreate('other', 'key-1')).toBeUndefined();
    });

    test('a key of an idempotent create is taken once in each organisation', async () => {
      await using opened = await openWithOrganizations(open);
      const { connections } = opened.database;
      const create = (connectionId: string) => ({ key: 'key-1', inputDigest: 'digest', connectionId });

      await connections.insertIdempotentCreate('default', create('con_1'), SOME_INSTANT);
      await connections.insertIdempotentCreate('other', create('con_2'), SOME_INSTANT);

      await expect(connections.insertIdempotentCreate('default', create('con_3'), SOME_INSTANT)).rejects.toThrow();
      expect(await connections.findIdempotentCreate('default', 'key-1')).toEqual(create('con_1'));
    });

    test('a connection whose secrets cannot be kept is not kept either', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const first = connectionRecord();
      await database.transact('default', ({ connections }) => connections.insert(first));

      const attempt = database.transact('default', ({ connections }) =>
        connections.insert(connectionRecord({ secrets: first.secrets.map((each) => ({ ...each, id: 'sec_other' })) })),
      );

      await expect(attempt).rejects.toMatchObject({ uniqueness: 'secret' });
      expect(await database.connections.list('default')).toEqual([first]);
    });
  });
}
