import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/domain/connections/connection.js';
import type { Database } from '../../src/domain/database/database.js';
import type { Position } from '../../src/domain/page.js';
import type { AccessToken } from '../../src/domain/tokens/access-token.js';
import type { ListedToken } from '../../src/domain/tokens/token.store.js';
import { connectionRecord, SOME_INSTANT, tokenRecord } from '../support/records.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { dealOut, type OpenDatabase, openWithOrganizations } from './open-database.js';

async function insertConnection(database: Database, given: Partial<Connection> = {}): Promise<Connection> {
  const connection = connectionRecord(given);
  await database.change('default', ({ connections }) => connections.insert(connection));
  return connection;
}

function revoke(database: Database, token: AccessToken): Promise<boolean> {
  return database.change('default', ({ tokens }) => tokens.revoke(token));
}

function idsOf(tokens: readonly { id: string }[]): string[] {
  return tokens.map(({ id }) => id);
}

/** Walks the whole list in pages of `limit`. */
async function walk(database: Database, connection: Connection, limit: number): Promise<readonly ListedToken[]> {
  const walked: ListedToken[] = [];
  for (let after: Position | undefined; ; ) {
    const page = await database.tokens.listLive(connection, SOME_INSTANT, { after, limit });
    expect(page.length).toBeLessThanOrEqual(limit);
    walked.push(...page);
    const last = page.at(-1);
    if (last === undefined) return walked;
    after = [last.issuedAt, last.id];
  }
}

export function describeTokenStore(open: OpenDatabase): void {
  describe('TokenStore', () => {
    test('tokens are found in the order of the digests; undefined where there is none', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const [first, second] = [tokenRecord(connection), tokenRecord(connection)];
      await insertTokens(database, [first, second]);

      const found = await findTokens(database, [second.digest, 'absent', first.digest, second.digest]);

      expect(found).toEqual([second, undefined, first, second]);
      expect(await findTokens(database, [])).toEqual([]);
    });

    test.each<[string, (connection: Connection) => Partial<Connection> | undefined]>([
      ['disabled', () => ({ status: 'DISABLED', generation: 2 })],
      ['of another generation', () => ({ generation: 2 })],
      ['deleted', () => undefined],
    ])(
      'a token is not found any more when its connection is %s, from the moment the change resolves',
      async (_, change) => {
        await using opened = await openWithOrganizations(open);
        const { database } = opened;
        const connection = await insertConnection(database);
        const another = await insertConnection(database);
        const [token, untouched] = [tokenRecord(connection), tokenRecord(another)];
        await insertTokens(database, [token, untouched]);
        const find = () => findTokens(database, [token.digest, untouched.digest]);
        expect(await find()).toEqual([token, untouched]);

        const changed = change(connection);
        await database.change('default', ({ connections }) =>
          changed === undefined ? connections.delete(connection) : connections.update({ ...connection, ...changed }),
        );

        expect(await find()).toEqual([undefined, untouched]);
        expect(database.tokens.recall(token.digest) ?? undefined).toBeUndefined();
      },
    );

    test('a token that is issued under the connection’s new generation lives', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const changed = { ...connection, generation: 2 };
      await database.change('default', ({ connections }) => connections.update(changed));
      const token = tokenRecord(changed);
      await insertTokens(database, [token]);

      expect(await findTokens(database, [token.digest])).toEqual([token]);
    });

    test('memory never proves a token that it has not seen, nor one that was revoked', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const token = tokenRecord(await insertConnection(database));
      await insertTokens(database, [token]);
      await findTokens(database, [token.digest]);

      expect(database.tokens.recall('absent')).toBeUndefined();
      await revoke(database, token);
      expect(database.tokens.recall(token.digest)).toBeUndefined();
    });

    test.for<[string, (database: Database, token: AccessToken) => Promise<unknown>]>([
      ['by itself', (database, token) => database.tokens.insert(token)],
      ['in a change', (database, token) => database.change('default', ({ tokens }) => tokens.insert(token))],
    ])('a digest that had no token has it once the token is inserted %s', async ([, insert]) => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const token = tokenRecord(await insertConnection(database));
      const find = () => findTokens(database, [token.digest, token.digest]);
      expect([await find(), await find()]).toEqual([
        [undefined, undefined],
        [undefined, undefined],
      ]);

      await insert(database, token);

      expect([await find(), await find()]).toEqual([
        [token, token],
        [token, token],
      ]);
    });

    test('a token that is looked up while a change ends it is gone once the change resolves', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const disabled = { ...connection, status: 'DISABLED' as const, generation: 2 };
      const [revoked, ended] = [tokenRecord(connection), tokenRecord(connection)];
      await insertTokens(database, [revoked, ended]);
      const find = () => findTokens(database, [revoked.digest, ended.digest]);

      const early = [find(), revoke(database, revoked), find(), find()];
      await Promise.all(early);
      expect(await find()).toEqual([undefined, ended]);
      const late = [find(), database.change('default', ({ connections }) => connections.update(disabled)), find()];
      await Promise.all(late);
      expect(await find()).toEqual([undefined, undefined]);
    });

    test('a thousand tokens are inserted and found at once', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const tokens = Array.from({ length: 1000 }, () => tokenRecord(connection));

      await insertTokens(database, tokens);

      const found = await findTokens(
        database,
        tokens.map(({ digest }) => digest),
      );
      expect(found).toEqual(tokens);
    });

    test('a revoked token is no longer found nor listed; the others are, and revoking again revokes nothing', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const [revoked, kept] = [tokenRecord(connection), tokenRecord(connection)];
      await insertTokens(database, [revoked, kept]);

      expect(await revoke(database, revoked)).toBe(true);
      expect(await revoke(database, revoked)).toBe(false);

      expect(await findTokens(database, [revoked.digest, kept.digest])).toEqual([undefined, kept]);
      expect(idsOf(await walk(database, connection, 10))).toEqual([kept.id]);
    });

    test('a token is revoked by what a list has of it, and memory forgets it too', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const token = tokenRecord(connection);
      await insertTokens(database, [token]);
      expect(await findTokens(database, [token.digest])).toEqual([token]);

      const { id, expiresAt } = token;
      expect(await database.change('default', ({ tokens }) => tokens.revoke({ id, expiresAt }))).toBe(true);
      expect(database.tokens.recall(token.digest) ?? undefined).toBeUndefined();
      expect(await findTokens(database, [token.digest])).toEqual([undefined]);
    });

    test('a list begins with a token whose id and instant are given, among others of its instant', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const all = Array.from({ length: 5 }, () => tokenRecord(connection));
      await insertTokens(database, all);

      for (const { id, issuedAt } of all) {
        const slice = { after: [issuedAt, `${id}~`], limit: 1 };
        expect(await database.tokens.listLive(connection, SOME_INSTANT, slice)).toMatchObject([{ id }]);
      }
    });

    test('of 50 callers that race to revoke a token one gets true', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const databaseOf = await dealOut(opened);
      const token = tokenRecord(await insertConnection(database));
      await insertTokens(database, [token]);

      const results = await Promise.all(Array.from({ length: 50 }, (_, caller) => revoke(databaseOf(caller), token)));

      expect(results.filter((won) => won)).toHaveLength(1);
      expect(await findTokens(database, [token.digest])).toEqual([undefined]);
    });

    test('the live list holds no expired token, none of an older generation and none of another connection', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database, { generation: 3 });
      const another = await insertConnection(database, { generation: 3 });
      const live = tokenRecord(connection, { expiresAt: SOME_INSTANT + 1 });
      await insertTokens(database, [
        live,
        tokenRecord(connection, { issuedAt: SOME_INSTANT - 9, expiresAt: SOME_INSTANT }),
        tokenRecord(connection, { issuedAt: SOME_INSTANT - 9, expiresAt: SOME_INSTANT - 1 }),
        tokenRecord(connection, { generation: 2 }),
        tokenRecord(another),
      ]);
      const list = (of: Connection) => database.tokens.listLive(of, SOME_INSTANT, { after: undefined, limit: 10 });

      expect(await list(connection)).toMatchObject([
        { id: live.id, expiresAt: live.expiresAt, clientId: live.clientId },
      ]);
      expect(await list({ ...connection, status: 'DISABLED' })).toEqual([]);
    });

    test.each([1, 2, 3, 7, 100])(
      'the live list is newest first, whole and without repeats in pages of %i',
      async (limit) => {
        await using opened = await openWithOrganizations(open);
        const { database } = opened;
        const connection = await insertConnection(database);
        // Four of one instant, which only their ids order, between older and newer ones; inserted out of order.
        const issued = [5, 9, 5, 1, 5, 7, 5].map((second) =>
          tokenRecord(connection, { issuedAt: SOME_INSTANT + second * 1000 }),
        );
        for (const token of issued) await insertTokens(database, [token]);

        const walked = await walk(database, connection, limit);

        expect(walked.map(({ issuedAt }) => (issuedAt - SOME_INSTANT) / 1000)).toEqual([9, 7, 5, 5, 5, 5, 1]);
        expect(idsOf(walked).sort()).toEqual(idsOf(issued).sort());
        const ofOneInstant = idsOf(walked.slice(2, 6));
        expect(ofOneInstant).toEqual([...ofOneInstant].sort().reverse());
        expect(new Set(ofOneInstant).size).toBe(4);
      },
    );

    test('a token that is issued while somebody pages does not shift the pages that follow', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = await insertConnection(database);
      const tokens = [1, 2, 3, 4].map((second) => tokenRecord(connection, { issuedAt: SOME_INSTANT + second }));
      await insertTokens(database, tokens);
      const read = (after?: Position) => database.tokens.listLive(connection, SOME_INSTANT, { after, limit: 2 });

      const first = await read();
      await insertTokens(database, [tokenRecord(connection, { issuedAt: SOME_INSTANT + 9 })]);
      const second = await read([first[1]?.issuedAt ?? 0, first[1]?.id ?? '']);

      expect(idsOf([...first, ...second])).toEqual(idsOf(tokens).reverse());
    });
  });
}
