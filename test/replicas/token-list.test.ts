import { expect, test } from 'vitest';
import type { AccessToken } from '../../src/domain/tokens/access-token.js';
import type { ListedToken } from '../../src/domain/tokens/token.store.js';
import { connectionRecord, SOME_INSTANT, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { insertTokens } from '../support/stored-tokens.js';

/** As many as a page has at most, and the one more that tells whether another follows. */
const LIMIT = 101;

/** A connection on a Redis of its own, so that nobody else asks it. */
async function openWithConnection() {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const { database } = stack.use(await openReplica({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url }));
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  const issue = async (count: number, issuedAt: (index: number) => number) => {
    const issued = Array.from({ length: count }, (_, index) => tokenRecord(connection, { issuedAt: issuedAt(index) }));
    for (const some of chunksOf(issued)) await insertTokens(database, some);
    return issued;
  };
  const disposal = stack.move();
  return {
    issue,
    revoke: async (dead: readonly AccessToken[]) => {
      for (const some of chunksOf(dead)) {
        await database.change('default', async ({ tokens }) => {
          for (const token of some) await tokens.revoke(token);
        });
      }
    },
    list: (limit: number, after?: ListedToken) =>
      database.tokens.listLive(connection, SOME_INSTANT, {
        after: after === undefined ? undefined : [after.issuedAt, after.id],
        limit,
      }),
    command: (...words: string[]) => sendRedisCommand(redis.port, ...words),
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

/** So many at once as a busy machine does well within the time that a command is given. */
function chunksOf(tokens: readonly AccessToken[]): (readonly AccessToken[])[] {
  const size = 100;
  return Array.from({ length: Math.ceil(tokens.length / size) }, (_, index) =>
    tokens.slice(index * size, (index + 1) * size),
  );
}

function idsOf(tokens: readonly { readonly id: string }[]): string[] {
  return tokens.map(({ id }) => id);
}

test('tokens that were revoked in front of the live ones are read once, and never again', async () => {
  await using opened = await openWithConnection();
  const live = await opened.issue(3, (index) => SOME_INSTANT + index);
  await opened.revoke(await opened.issue(1_000, (index) => SOME_INSTANT + 10 + index));
  const readsOfListing = async () => {
    await opened.command('CONFIG', 'RESETSTAT');
    expect(idsOf(await opened.list(3))).toEqual(idsOf(live).reverse());
    return Number(/^cmdstat_zrange:calls=(\d+)/m.exec(await opened.command('INFO', 'commandstats'))?.[1]);
  };

  expect(await readsOfListing()).toBeLessThanOrEqual(7);
  expect(await readsOfListing()).toBe(1);
  expect(await readsOfListing()).toBe(1);
});

test('tokens that are issued while a page is put together repeat nothing in it and leave nothing out', async () => {
  await using opened = await openWithConnection();
  // Of a page, the half is in front of more revoked ones than are read at once, and the half behind them.
  const older = await opened.issue(50, (index) => SOME_INSTANT + index);
  await opened.revoke(await opened.issue(500, (index) => SOME_INSTANT + 100 + index));
  const newer = await opened.issue(50, (index) => SOME_INSTANT + 1_000 + index);

  const listing = opened.list(LIMIT);
  for (let round = 0; round < 20; round++) await opened.issue(10, () => SOME_INSTANT + 2_000 + round);
  const listed = idsOf(await listing);

  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.length).toBeGreaterThanOrEqual(older.length + newer.length);
  const known = new Set(idsOf([...older, ...newer]));
  const listedOfKnown = listed.filter((id) => known.has(id));
  expect(listedOfKnown).toEqual([...known].reverse().slice(0, listedOfKnown.length));
});

test.each([7, LIMIT])(
  'more tokens of one instant than are read at once are listed whole, in pages of %i',
  async (limit) => {
    await using opened = await openWithConnection();
    const issued = [
      ...(await opened.issue(3, () => SOME_INSTANT)),
      ...(await opened.issue(700, () => SOME_INSTANT + 1)),
    ];
    const walked: ListedToken[] = [];
    for (;;) {
      const page = await opened.list(limit, walked.at(-1));
      if (page.length === 0) break;
      walked.push(...page);
    }
    expect(idsOf(walked).sort()).toEqual(idsOf(issued).sort());
  },
);
