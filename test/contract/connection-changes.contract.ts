import { describe, expect, test } from 'vitest';
import type { ConnectionSecret } from '../../src/domain/connections/connection.js';
import type { ConnectionStore } from '../../src/domain/connections/connection.store.js';
import { connectionRecord, SOME_INSTANT, secretRecord } from '../support/records.js';
import { dealOut, type OpenDatabase, openWithOrganizations } from './open-database.js';

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

    test('a new secret replaces all of the connection’s secrets, and no other connection’s is touched', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const old = [secretRecord({ createdAt: 2 }), secretRecord({ state: 'RETIRING', createdAt: 1 })];
      const connection = connectionRecord({ authenticationType: 'ACCESS_KEY', secrets: old });
      const untouched = connectionRecord();
      await database.change('default', async ({ connections }) => {
        for (const each of [connection, untouched]) await connections.insert(each);
      });

      const secrets = [secretRecord({ createdAt: 3, lastUsedAt: undefined })] as const;
      const replaced = { ...connection, generation: 2, updatedAt: SOME_INSTANT + 1, secrets };
      await database.change('default', ({ connections }) => connections.replaceSecrets(replaced));

      const found = await database.connections.findMany('default', [connection.id, untouched.id]);
      expect(found).toEqual([replaced, untouched]);
      const holderOf = ({ digest }: ConnectionSecret) =>
        database.connectionLookup.findByAccessKeyDigests([digest.value]);
      for (const secret of old) expect(await holderOf(secret)).toBeUndefined();
      expect(await holderOf(secrets[0])).toEqual(replaced);
    });

    test('a secret that another connection has replaces nothing', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [holder, other] = [connectionRecord(), connectionRecord()];
      await database.change('default', async ({ connections }) => {
        for (const each of [holder, other]) await connections.insert(each);
      });
      const taken = { ...(holder.secrets[0] as ConnectionSecret), id: 'sec_other' };

      const attempt = database.change('default', ({ connections }) =>
        connections.replaceSecrets({ ...other, generation: 2, secrets: [taken] }),
      );

      await expect(attempt).rejects.toMatchObject({ uniqueness: 'secret' });
      expect(await database.connections.findMany('default', [holder.id, other.id])).toEqual([holder, other]);
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
        (connections) => connections.replaceSecrets({ ...connection, secrets: [secretRecord({ id: 'sec_new' })] }),
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
        await idempotentCreates.claim('default', create, SOME_INSTANT);
      });
      await database.change('default', ({ connections }) => connections.delete(connection));

      expect(await database.idempotentCreates.find('default', 'key-1')).toEqual(create);
      expect(await database.idempotentCreates.find('default', 'KEY-1')).toBeUndefined();
      expect(await database.idempotentCreates.find('other', 'key-1')).toBeUndefined();
    });

    test('a key of an idempotent create is taken once in each organisation; whoever comes later is told of the first', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const claim = (organizationId: string, connectionId: string, inputDigest = 'digest') =>
        database.change(organizationId, ({ idempotentCreates }) =>
          idempotentCreates.claim(organizationId, { key: 'key-1', inputDigest, connectionId }, SOME_INSTANT),
        );

      expect(await claim('default', 'con_1')).toBeUndefined();
      expect(await claim('other', 'con_2')).toBeUndefined();

      const first = { key: 'key-1', inputDigest: 'digest', connectionId: 'con_1' };
      expect(await claim('default', 'con_3', 'another')).toEqual(first);
      expect(await database.idempotentCreates.find('default', 'key-1')).toEqual(first);
    });

    test('of 20 creates that claim one key at once exactly one has it', async () => {
      await using opened = await openWithOrganizations(open);
      const databaseOf = await dealOut(opened);

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, caller) =>
          databaseOf(caller).change('default', ({ idempotentCreates }) =>
            idempotentCreates.claim(
              'default',
              { key: 'key-1', inputDigest: 'digest', connectionId: `con_${caller}` },
              SOME_INSTANT,
            ),
          ),
        ),
      );

      const winner = outcomes.indexOf(undefined);
      const told = outcomes.map((earlier) => earlier?.connectionId);
      expect(told).toEqual(told.map((_, caller) => (caller === winner ? undefined : `con_${winner}`)));
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
