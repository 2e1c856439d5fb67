import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/domain/connections/connection.js';
import type { Database } from '../../src/domain/database/database.js';
import type { AccessToken } from '../../src/domain/tokens/access-token.js';
import { captureLog } from '../support/captured-log.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type OpenedReplica, openReplica } from '../support/replicated-database.js';
import { errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { until } from '../support/until.js';

/** Of the replicas that tests open. */
const BOUND_MS = 200;

/** Two replicas on a Redis of their own, which may lose what it holds. */
async function openTwo() {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const place = { databaseUrl: await newDatabaseUrl(), redisUrl: redis.url };
  const first = stack.use(await openReplica(place)).database;
  const second = stack.use(await openReplica(place)).database;
  await first.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const disposal = stack.move();
  const third = async () => disposal.use(await openReplica(place)).database;
  return { redis, place, first, second, third, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

async function connectionWithTokens(database: Database, count: number) {
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  const tokens = Array.from({ length: count }, () => tokenRecord(connection));
  await insertTokens(database, tokens);
  return { connection, tokens };
}

function revoke(database: Database, token: AccessToken): Promise<boolean> {
  return database.change('default', ({ tokens }) => tokens.revoke(token));
}

function disable(database: Database, connection: Connection): Promise<void> {
  const changed = { ...connection, status: 'DISABLED', generation: connection.generation + 1 } as const;
  return database.change('default', ({ connections }) => connections.update(changed));
}

function found(database: Database, tokens: readonly AccessToken[]): Promise<boolean[]> {
  return findTokens(
    database,
    tokens.map(({ digest }) => digest),
  ).then((all) => all.map((each) => each !== undefined));
}

/** Has Redis come back as it was when `snapshot` was taken, under the replicas' feet. */
async function goBackTo(redis: RedisServer): Promise<void> {
  redis.kill('SIGKILL');
  await redis.ended;
  await redis.restart();
}

/** Until Redis answers each of them again, and what was revoked before is known to all: for so long it may be accepted. */
async function untilAnswered(...databases: readonly Database[]): Promise<void> {
  const beganAt = performance.now();
  for (const database of databases) {
    await until('the replica reached Redis again', async () => {
      await findTokens(database, ['absent']);
      return performance.now() - beganAt > BOUND_MS;
    });
  }
}

describe('nothing that was revoked comes back', () => {
  test('when Redis comes back as it was before the revocation, with the tokens and without the log', async () => {
    await using opened = await openTwo();
    const { redis, first, second, third } = opened;
    const one = await connectionWithTokens(first, 2);
    const other = await connectionWithTokens(first, 1);
    const all = [...one.tokens, ...other.tokens];
    expect(await found(second, all)).toEqual([true, true, true]);
    expect(await sendRedisCommand(redis.port, 'SAVE')).toBe('+OK');
    await revoke(first, one.tokens[0] as AccessToken);
    await disable(first, other.connection);

    await goBackTo(redis);
    await untilAnswered(first, second);

    // Redis has all three of them again: what keeps two from being found is what the database knows.
    for (const { digest } of all) expect(await sendRedisCommand(redis.port, 'EXISTS', `lk:tok:${digest}`)).toBe(':1');
    for (const database of [first, second, await third()])
      expect(await found(database, all)).toEqual([false, true, false]);
  });

  test('after FLUSHALL, which only costs the tokens, and what is issued from then on lives', async () => {
    await using opened = await openTwo();
    const { redis, first, second } = opened;
    const { connection, tokens } = await connectionWithTokens(first, 2);
    expect(await found(second, tokens)).toEqual([true, true]);
    await revoke(first, tokens[0] as AccessToken);

    expect(await sendRedisCommand(redis.port, 'FLUSHALL')).toBe('+OK');
    // Redis answers all the while: the replicas find out by their next probe.
    for (const database of [first, second]) {
      await until('the replica forgot what Redis lost', async () =>
        (await found(database, tokens)).every((each) => !each),
      );
    }
    // The revoked token's record is put back by hand: it stays refused.
    await insertTokens(first, tokens);
    for (const database of [first, second]) expect(await found(database, tokens)).toEqual([false, true]);
    const next = tokenRecord(connection);
    await insertTokens(second, [next]);
    expect(await found(first, [next])).toEqual([true]);
  });

  test('when another replica revokes right after FLUSHALL, before anybody has noticed', async () => {
    await using opened = await openTwo();
    const { redis, first, second } = opened;
    const { tokens } = await connectionWithTokens(first, 3);
    expect(await found(second, tokens)).toEqual([true, true, true]);

    // Lost with the log before the second replica can have seen it, and followed by an entry of the new log.
    await Promise.all([revoke(first, tokens[0] as AccessToken), sendRedisCommand(redis.port, 'FLUSHALL')]);
    await revoke(first, tokens[1] as AccessToken);

    await until('the second replica refuses both', async () => {
      await insertTokens(first, tokens);
      const [lost, seen, kept] = await found(second, tokens);
      return !lost && !seen && kept === true;
    });
  });

  test('for a replica that is started on an empty Redis', async () => {
    await using opened = await openTwo();
    const { redis, first, third } = opened;
    const { tokens } = await connectionWithTokens(first, 2);
    await revoke(first, tokens[0] as AccessToken);
    await sendRedisCommand(redis.port, 'FLUSHALL');

    const late = await third();
    await insertTokens(late, tokens);

    expect(await found(late, tokens)).toEqual([false, true]);
  });
});

/**
 * A replica that hears of nothing but by its own probes, which are half a second apart: what is done between two of them
 * it finds as a whole.
 */
async function openDeaf(opened: Awaited<ReturnType<typeof openTwo>>): Promise<OpenedReplica> {
  await sendRedisCommand(opened.redis.port, 'ACL', 'SETUSER', 'deaf', 'on', '>word', '~*', '&*', '+@all', '-subscribe');
  const redisUrl = opened.place.redisUrl.replace('redis://', 'redis://deaf:word@');
  return openReplica({ ...opened.place, redisUrl }, { revocationBoundMs: 2_000 });
}

describe('what was lost before a replica had read it, and is followed by more, is read from the database', () => {
  test('where the log was trimmed', async () => {
    await using opened = await openTwo();
    const { redis, first } = opened;
    await using deaf = await openDeaf(opened);
    const { tokens } = await connectionWithTokens(first, 3);
    expect(await found(deaf.database, tokens)).toEqual([true, true, true]);

    await revoke(first, tokens[0] as AccessToken);
    await sendRedisCommand(redis.port, 'XTRIM', 'lk:{rev}:log', 'MAXLEN', '0');
    await revoke(first, tokens[1] as AccessToken);

    await until('the replica has heard of the later one', async () => !(await found(deaf.database, tokens))[1]);
    expect(await found(deaf.database, tokens)).toEqual([false, false, true]);
  });

  test('where a log of one entry was flushed, and is again a log of one entry', async () => {
    await using opened = await openTwo();
    const { redis, first } = opened;
    await using deaf = await openDeaf(opened);
    const { tokens } = await connectionWithTokens(first, 3);

    await revoke(first, tokens[0] as AccessToken);
    await sendRedisCommand(redis.port, 'FLUSHALL');
    await revoke(first, tokens[1] as AccessToken);

    await until('the replica refuses both', async () => {
      await insertTokens(first, tokens);
      const [lost, seen, kept] = await found(deaf.database, tokens);
      return !lost && !seen && kept === true;
    });
  });

  test('where Redis was started again as it was before, with the log and its epoch', async () => {
    await using opened = await openTwo();
    const { redis, first } = opened;
    const { tokens } = await connectionWithTokens(first, 3);
    await revoke(first, tokenRecord(connectionRecord()));
    await using deaf = await openDeaf(opened);
    expect(await found(deaf.database, tokens)).toEqual([true, true, true]);
    await sendRedisCommand(redis.port, 'SAVE');

    await revoke(first, tokens[0] as AccessToken);
    await goBackTo(redis);
    // The users of Redis are not kept; this one is deaf only for as long as it takes to make it again.
    await sendRedisCommand(redis.port, 'ACL', 'SETUSER', 'deaf', 'on', '>word', '~*', '&*', '+@all', '-subscribe');
    await untilAnswered(first);
    await revoke(first, tokens[1] as AccessToken);

    await until('the replica has heard of the later one', async () => !(await found(deaf.database, tokens))[1]);
    expect(await found(deaf.database, tokens)).toEqual([false, false, true]);
  });
});

test('a replica that cannot read the database after Redis lost the log says that it is the database', async () => {
  await using opened = await openTwo();
  const { redis, place } = opened;
  await using link = await startFaultProxy(Number(new URL(place.databaseUrl).port));
  const throughLink = new URL(place.databaseUrl);
  throughLink.port = String(link.port);
  const log = captureLog();
  await using replica = await openReplica({ ...place, databaseUrl: throughLink.href }, { logger: log.logger });
  const { database } = replica;

  link.reset();
  link.refuse();
  await sendRedisCommand(redis.port, 'FLUSHALL');
  const degradedBy = async () => (await database.checkHealth()).degradedBy;
  await until('it is degraded', async () => (await degradedBy()) !== undefined);
  expect(await degradedBy()).toBe('database');
  await until('look-ups are refused', async () => {
    return (await errorCodeOf(findTokens(database, ['absent']))) === 'TEMPORARILY_UNAVAILABLE';
  });

  link.pass();
  await until('it is degraded no more', async () => (await degradedBy()) === undefined);
  const events = log.lines.map(({ msg }) => msg).filter((event) => event.includes('answer'));
  expect(events).toEqual(['PostgreSQL does not answer', 'PostgreSQL answers again']);
});
