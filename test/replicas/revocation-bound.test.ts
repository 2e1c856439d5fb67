import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { HASTY_MS, openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { StoppedClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** So long that no replica probes by itself during a test: each probe here is one that the test asks for. */
const BOUND_MS = 24 * 3_600_000;

/** One replica revokes; another, which reaches Redis through a link that may fail, is asked. Both go by one clock. */
async function openTwo(login = '') {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const link = stack.use(await startFaultProxy(redis.port));
  const databaseUrl = await newDatabaseUrl();
  const clock = new StoppedClock();
  const open = async (redisUrl: string) => {
    const options = { clock, revocationBoundMs: BOUND_MS, deadlineMs: HASTY_MS };
    return stack.use(await openReplica({ databaseUrl, redisUrl }, options)).database;
  };
  const revoking = await open(redis.url);
  await sendRedisCommand(redis.port, 'ACL', 'SETUSER', 'deaf', 'on', '>word', '~lk:*', '&*', '+@all', '-subscribe');
  const asked = await open(`redis://${login}127.0.0.1:${link.port}`);
  await revoking.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await revoking.change('default', ({ connections }) => connections.insert(connection));
  const token = tokenRecord(connection, { issuedAt: clock.now(), expiresAt: clock.now() + 10 * BOUND_MS });
  await revoking.tokens.insert(token);
  expect(await asked.tokens.find(token.digest)).toEqual(token);
  const opened = stack.move();
  return { revoking, asked, link, clock, connection, token, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What becomes of a look-up: the answer, or the code of its error. */
async function answerOf(database: Database, digest: string): Promise<'accepted' | 'refused' | string> {
  try {
    return (await database.tokens.find(digest)) === undefined ? 'refused' : 'accepted';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const FAULTS: [string, (link: FaultProxy) => void][] = [
  ['swallows all', (link) => link.blackhole()],
  ['swallows every answer', (link) => link.dropReplies()],
  ['is half open', (link) => link.halfOpen()],
  [
    'is reset, and lets nobody in again',
    (link) => {
      link.reset();
      link.refuse();
    },
  ],
];

describe('what was revoked and acknowledged is accepted for the bound at most, to the millisecond,', () => {
  test.each(FAULTS)('by a replica whose link to Redis %s', async (_, fail) => {
    await using scene = await openTwo();
    const { revoking, asked, link, clock, token } = scene;
    fail(link);
    await revoking.change('default', ({ tokens }) => tokens.revoke(token));

    clock.advance(BOUND_MS);
    expect(asked.tokens.recall(token.digest)).toEqual(token);
    expect(await answerOf(asked, token.digest)).toBe('accepted');
    clock.advance(1);
    expect(asked.tokens.recall(token.digest)).toBeUndefined();
    expect(await answerOf(asked, token.digest)).toBe('TEMPORARILY_UNAVAILABLE');

    link.pass();
    await until('the replica is told', async () => (await answerOf(asked, token.digest)) === 'refused');
  });

  test.each([
    ['a token', 'revoke'],
    ['a connection that is disabled', 'disable'],
    ['a connection that is deleted', 'delete'],
  ] as const)('by a replica that hears no hint, which then asks: %s', async (_, change) => {
    await using scene = await openTwo('deaf:word@');
    const { revoking, asked, clock, connection, token } = scene;
    await revoking.change('default', async ({ tokens, connections }) => {
      if (change === 'revoke') await tokens.revoke(token);
      else if (change === 'delete') await connections.delete(connection);
      else await connections.update({ ...connection, status: 'DISABLED', generation: connection.generation + 1 });
    });

    clock.advance(BOUND_MS);
    expect(await answerOf(asked, token.digest)).toBe('accepted');
    clock.advance(1);
    expect(asked.tokens.recall(token.digest)).toBeUndefined();
    expect(await answerOf(asked, token.digest)).toBe('refused');
  });
});

test('a proof counts from when it was asked for, however late its answer comes', async () => {
  await using scene = await openTwo('deaf:word@');
  const { asked, link, clock, token } = scene;
  clock.advance(BOUND_MS + 1);
  link.delay(50);
  const answer = answerOf(asked, token.digest);
  // Look-ups of one turn go together, at its end: then the question is on its way.
  await setImmediate();
  await setImmediate();
  clock.advance(BOUND_MS);
  expect(await answer).toBe('accepted');
  expect(asked.tokens.recall(token.digest)).toEqual(token);

  clock.advance(1);
  expect(asked.tokens.recall(token.digest)).toBeUndefined();
});
