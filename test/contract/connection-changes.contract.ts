import { describe, expect, test } from 'vitest';
import type { ConnectionSecret } from '../../src/domain/connections/connection.js';
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
      await database.change('default', async ({ connections }) => {
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
      await database.change('default', ({ connections }) =>
        connections.update({ ...connection, ...written, ...ignored }),
      );

      const found = await database.connections.findMany('default', [connection.id, untouched.id]);
      expect(found).toEqual([{ ...connection, ...written }, untouched]);
    });

    test('update and delete leave alone what is another organisation’s', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      await database.change('default', ({ connections }) => connections.insert(connection));

      const claimed = { ...connection, organizationId: 'other', name: 'taken over' };
      await database.change('default', ({ connections }) => connections.update(claimed));
      await database.change('default', ({ connections }) => connections.delete(claimed));

      expect(await database.connections.list('default')).toEqual([connection]);
      expect(await database.connections.list('other')).toEqual([]);
    });

    test('a secret that is retired is gone, one that is added is there, and no other connection’s is touched', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [kept, retired] = [secretRecord({ createdAt: 1 }), secretRecord({ state: 'RETIRING', createdAt: 2 })];
      const connection = connectionRecord({ authenticationType: 'ACCESS_KEY', secrets: [kept, retired] });
      const untouched = connectionRecord();
      await database.change('default', async ({ connections }) => {
        for (const each of [connection, untouched]) await connections.insert(each);
      });
      const added = secretRecord({ state: 'RETIRING', createdAt: 3 });

      await database.change('default', async ({ connections }) => {
        await connections.retireSecret(connection, retired.id);
        await connections.retireSecret(untouched, kept.id);
        await connections.addSecret(connection, added);
      });

      const found = await database.connections.findMany('default', [connection.id, untouched.id]);
      expect(found).toEqual([{ ...connection, secrets: [added, kept] }, untouched]);
      const holderOf = ({ digest }: ConnectionSecret) =>
        database.connectionLookup.findByAccessKeyDigests([digest.value]);
      expect(await holderOf(retired)).toBeUndefined();
      expect(await holderOf(added)).toEqual({ ...connection, secrets: [added, kept] });
    });

    test('delete removes the connection with its secrets, and no other', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      const untouched = connectionRecord();
      await database.change('default', async ({ connections }) => {
        for (const each of [connection, untouched]) await connections.insert(each);
      });

      await database.change('default', ({ connections }) => connections.delete(connection));

      expect(await database.connections.list('default')).toEqual([untouched]);
      // Ids and digests of secrets are unique: the same ones fit only where the old rows are gone.
      await database.change('default', ({ connections }) => connections.insert(connection));
      expect(await database.connections.findMany('default', [connection.id])).toEqual([connection]);
    });

    test('what was looked up is looked up anew after each change, from the moment the change resolves', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      await database.change('default', ({ connections }) => connections.insert(connection));
      const { connectionLookup } = database;
      const changes: ((connections: ConnectionStore) => Promise<void>)[] = [
        (connections) => connections.update({ ...connection, status: 'DISABLED' }),
        (connections) => connections.addSecret(connection, secretRecord({ id: 'sec_new', state: 'RETIRING' })),
        (connections) => connections.retireSecret(connection, 'sec_new'),
        (connections) => connections.delete(connection),
      ];

      for (const change of changes) {
        const before = await connectionLookup.findById('default', connection.id);
        await database.change('default', ({ connections }) => change(connections));
        expect(before && connectionLookup.isCurrent(before)).toBe(false);
        const [kept] = await database.connections.findMany('default', [connection.id]);
        expect(await connectionLookup.findById('default', connection.id)).toEqual(kept);
      }
    });

    test('an idempotent create is found by its key in its own organisation, also after its connection is gone', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      const create = { key: 'key-1', inputDigest: 'digest', connectionId: connection.id };
      expect(await database.idempotentCreates.find('default', 'key-1')).toBeUndefined();

      await database.change('default', async ({ connections, idempotentCreates }) => {
        await connections.insert(connection);
        await idempotentCreates.insert('default', create, SOME_INSTANT);
      });
      await database.change('default', ({ connections }) => connections.delete(connection));

      expect(await database.idempotentCreates.find('default', 'key-1')).toEqual(create);
      expect(await database.idempotentCreates.find('default', 'KEY-1')).toBeUndefined();
      expect(await database.idempotentCreates.find('other', 'key-1')).toBeUndefined();
    });

    test('a key of an idempotent create is taken once in each organisation', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const create = (organizationId: string, connectionId: string) =>
        database.change(organizationId, ({ idempotentCreates }) =>
          idempotentCreates.insert(organizationId, { key: 'key-1', inputDigest: 'digest', connectionId }, SOME_INSTANT),
        );

      await create('default', 'con_1');
      await create('other', 'con_2');

      await expect(create('default', 'con_3')).rejects.toThrow();
      expect(await database.idempotentCreates.find('default', 'key-1')).toMatchObject({ connectionId: 'con_1' });
    });

    test('a connection whose secrets cannot be kept is not kept either', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const first = connectionRecord();
      await database.change('default', ({ connections }) => connections.insert(first));

      const attempt = database.change('default', ({ connections }) =>
        connections.insert(connectionRecord({ secrets: first.secrets.map((each) => ({ ...each, id: 'sec_other' })) })),
      );

      await expect(attempt).rejects.toMatchObject({ uniqueness: 'secret' });
      expect(await database.connections.list('default')).toEqual([first]);
    });
  });
}
