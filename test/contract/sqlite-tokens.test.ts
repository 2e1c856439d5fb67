import { expect, test } from 'vitest';
import type { Connection } from '../../src/domain/connections/connection.js';
import type { Database } from '../../src/domain/database/database.js';
import { openTestDatabase, runSql } from '../support/embedded-database.js';
import { connectionRecord, SOME_INSTANT, tokenRecord } from '../support/records.js';
import { statementsOf } from '../support/statement-counter.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { openWithOrganizations } from './open-database.js';

/** What SQLite has to be told of tokens that other stores see to by themselves. */

async function insertConnection(database: Database): Promise<Connection> {
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  return connection;
}

test('all of the tokens are inserted or none', async () => {
  await using opened = await openWithOrganizations(openTestDatabase);
  const { database } = opened;
  const connection = await insertConnection(database);
  const [kept, first, last] = [tokenRecord(connection), tokenRecord(connection), tokenRecord(connection)];
  await insertTokens(database, [kept]);

  const clash = tokenRecord(connection, { digest: kept.digest });
  await expect(insertTokens(database, [first, clash, last])).rejects.toThrow();

  expect(await findTokens(database, [first.digest, last.digest, kept.digest])).toEqual([undefined, undefined, kept]);
});

test('listing live tokens is a search of one index, in its order: neither those of other generations nor expired ones are read', async () => {
  await using opened = await openTestDatabase();
  const { database, directory } = opened;
  const connection = connectionRecord();
  const [listing = ''] = await statementsOf(() =>
    database.tokens.listLive(connection, SOME_INSTANT, { limit: 20, after: undefined }),
  );
  await database.close();

  const [plan] = await runSql(directory, `explain query plan ${listing}`);

  expect(plan).toMatchObject([
    {
      detail: expect.stringMatching(
        /^SEARCH access_tokens USING INDEX access_tokens_generation \(connection_id=\? AND generation=\? AND issued_at>\? AND issued_at<\?\)$/,
      ),
    },
    // Only those of one instant, which the index does not order, are sorted.
    { detail: 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY' },
  ]);
});

test('sweeping forgets the expired tokens in slices of at most the limit, and no live one', async () => {
  await using opened = await openWithOrganizations(openTestDatabase);
  const { database } = opened;
  const connection = await insertConnection(database);
  const expired = Array.from({ length: 5 }, (_, index) =>
    tokenRecord(connection, { expiresAt: SOME_INSTANT - 1 - index }),
  );
  const live = tokenRecord(connection, { expiresAt: SOME_INSTANT + 1 });
  await insertTokens(database, [...expired.slice(0, 2), live, ...expired.slice(2)]);

  expect(await database.tokens.sweep(SOME_INSTANT, 2)).toBe(2);
  expect(await database.tokens.sweep(SOME_INSTANT, 2)).toBe(2);
  expect(await database.tokens.sweep(SOME_INSTANT, 2)).toBe(1);
  expect(await database.tokens.sweep(SOME_INSTANT, 2)).toBe(0);
  const digests = [...expired, live].map(({ digest }) => digest);
  expect(await findTokens(database, digests)).toEqual([...expired.map(() => undefined), live]);
});
