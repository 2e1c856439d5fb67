import { describe, expect, test } from 'vitest';
import { UniquenessError } from '../../src/domain/connections/uniqueness.error.js';
import { newId } from '../../src/lib/ids.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { auditEventRecord, connectionRecord, SOME_INSTANT, secretRecord, tokenRecord } from '../support/records.js';
import { findTokens } from '../support/stored-tokens.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

/** What the database as a whole promises, whichever it is. */
export function describeDatabase(open: OpenDatabase): void {
  describe('Database', () => {
    test('what a transaction resolves with is handed on, and its changes are there when it resolves', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();

      const result = await database.change('default', async (stores) => {
        await stores.connections.insert(connection);
        return 'done';
      });

      expect(result).toBe('done');
      expect(await database.connections.list('default')).toEqual([connection]);
    });

    test('a transaction sees its own changes before they last', async () => {
      await using opened = await openWithOrganizations(open);
      const connection = connectionRecord();

      const seen = await opened.database.change('default', async (stores) => {
        await stores.connections.insert(connection);
        return stores.connections.findMany('default', [connection.id]);
      });

      expect(seen).toEqual([connection]);
    });

    test('throwing undoes the changes of every store and rethrows the very error', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord();
      const token = tokenRecord(connection);
      const failure = new Error('half-way');

      const attempt = database.change('default', async (stores) => {
        await stores.connections.insert(connection);
        await stores.idempotentCreates.claim(
          'default',
          { key: 'key', inputDigest: 'digest', connectionId: connection.id },
          SOME_INSTANT,
        );
        await stores.tokens.insert(token);
        await stores.signIns.consume('sig_1', SOME_INSTANT);
        await stores.audit.append(auditEventRecord());
        throw failure;
      });

      await expect(attempt).rejects.toBe(failure);
      expect(await database.connections.list('default')).toEqual([]);
      expect(await database.idempotentCreates.find('default', 'key')).toBeUndefined();
      expect(await findTokens(database, [token.digest])).toEqual([undefined]);
      expect(await database.signIns.hasAny()).toBe(false);
      expect(await database.audit.list('default', { after: undefined, limit: 10 })).toEqual([]);
    });

    test('what a constraint refuses leaves nothing of its transaction', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const taken = connectionRecord({ name: 'taken' });
      const first = connectionRecord({ name: 'first' });
      await database.change('default', ({ connections }) => connections.insert(taken));

      const attempt = database.change('default', async ({ connections }) => {
        await connections.insert(first);
        await connections.insert(connectionRecord({ name: 'taken' }));
      });

      await expect(attempt).rejects.toThrow(UniquenessError);
      expect(await database.connections.list('default')).toEqual([taken]);
    });

    test('transactions that run at once do not mix: the ones that throw vanish, the others last', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;

      const attempts = await Promise.allSettled(
        Array.from({ length: 30 }, (_, index) =>
          database.change('default', async (stores) => {
            await stores.audit.append(auditEventRecord({ target: `first of ${index}` }));
            await stores.audit.append(auditEventRecord({ target: `second of ${index}` }));
            if (index % 2 === 1) throw new Error('odd');
          }),
        ),
      );

      expect(attempts.filter(({ status }) => status === 'rejected')).toHaveLength(15);
      const events = await database.audit.list('default', { after: undefined, limit: 100 });
      const lasting = Array.from({ length: 15 }, (_, half) => [`first of ${half * 2}`, `second of ${half * 2}`]).flat();
      expect(events.map(({ target }) => target).sort()).toEqual(lasting.sort());
    });

    test('a reader that asks while a transaction is under way never sees what is rolled back', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      // In an object: a promise that a transaction resolves with would be awaited inside of it.
      const outside: { reading?: Promise<unknown> } = {};

      const attempt = database.change('default', async (stores) => {
        await stores.connections.insert(connectionRecord());
        outside.reading = database.connections.list('default');
        await stores.connections.insert(connectionRecord());
        throw new Error('rolled back');
      });

      await expect(attempt).rejects.toThrow('rolled back');
      expect(await outside.reading).toEqual([]);
    });

    test('a key ring that is refused leaves nothing by which the right one would be refused', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const keyOf = (kid: string) => KeyRing.generate().replace(/^[^:]+/, kid);
      const inUse = keyOf('k1');
      await database.verifyKeyRing(KeyRing.parse(inUse));
      await database.change('default', ({ connections }) => connections.insert(connectionRecord()));

      await expect(database.verifyKeyRing(KeyRing.parse(keyOf('k2')))).rejects.toThrow('kept under: k1');

      await database.verifyKeyRing(KeyRing.parse(`${keyOf('k2')},${inUse}`));
      await expect(database.verifyKeyRing(KeyRing.parse(keyOf('k2')))).rejects.toThrow('The key "k2" of the key ring');
    });

    test('a key ring that has lost some of the keys is taken, and what depends on each key is counted', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const ringOf = (kid: string) => KeyRing.generate().replace(/^[^:]+/, kid);
      const secretUnder = (kid: string) =>
        connectionRecord({ secrets: [secretRecord({ digest: { kid, value: newId('sec') } })] });
      const sealed = secretUnder('k1');
      await database.change('default', async ({ connections, upstreamCredentials }) => {
        for (const connection of [secretUnder('k1'), sealed, secretUnder('k2')]) await connections.insert(connection);
        await upstreamCredentials.save(sealed.id, 'k3.sealed');
      });

      expect(await database.listKeyUses()).toEqual([
        { kid: 'k1', secrets: 2, tenantCredentials: 0 },
        { kid: 'k2', secrets: 1, tenantCredentials: 0 },
        { kid: 'k3', secrets: 0, tenantCredentials: 1 },
      ]);
      await database.verifyKeyRing(KeyRing.parse(ringOf('k2')));
      await expect(database.verifyKeyRing(KeyRing.parse(ringOf('k3')))).rejects.toThrow('kept under: k1, k2');
    });

    test('nothing degrades it while all that it stands on answers', async () => {
      await using opened = await open();

      expect(await opened.database.checkHealth()).toEqual({ degradedBy: undefined });
    });
  });
}
