import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.js';
import { LimitService } from '../../src/domain/limits/limit.service.js';
import type { Quota } from '../../src/domain/limits/quota.js';
import { systemClock } from '../../src/lib/clock.js';
import { createLogger } from '../../src/lib/logger.js';
import { MemoryCallCounter } from '../../src/stores/memory/call-counter.memory.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { RedisCallCounter } from '../../src/stores/redis/call-counter.redis.js';
import { openRedis, type RedisClient } from '../../src/stores/redis/client.js';
import { callsKey } from '../../src/stores/redis/keys.js';
import { LocalShareCallCounter } from '../../src/stores/redis/local-share.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { floodCounters } from '../support/flood-counters.js';
import { limitsOf } from '../support/limits.js';
import { startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { HASTY_MS, openReplica, PATIENT_MS } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const QUOTA: Quota = { perMinute: 100, perDay: 50_000, dayWindow: 'rolling' };

let redis: RedisServer;
const opened: RedisClient[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  for (const client of opened) client.disconnect();
  await redis[Symbol.asyncDispose]();
});

async function openCounter(url: string, isFailing = () => false, deadlineMs = PATIENT_MS): Promise<RedisCallCounter> {
  const { redis: client } = await openRedis(parseRedisUrl(url), createLogger('error'), deadlineMs);
  opened.push(client);
  return new RedisCallCounter(client, isFailing);
}

test('a script that the server forgets meanwhile is sent again, and each call counts once', async () => {
  const counter = await openCounter(redis.url);
  const subjects = Array.from({ length: 30 }, () => randomUUID());
  const admitted = new Map(subjects.map((subject) => [subject, 0]));
  for (let round = 0; round < 40; round++) {
    const counted = subjects.flatMap((subject) =>
      Array.from({ length: 4 }, async () => {
        if ((await counter.count(subject, QUOTA, 1)).isAdmitted)
          admitted.set(subject, (admitted.get(subject) ?? 0) + 1);
      }),
    );
    await Promise.all([...counted, sendRedisCommand(redis.port, 'SCRIPT', 'FLUSH')]);
  }
  expect([...admitted.values()]).toEqual(subjects.map(() => QUOTA.perMinute));
});

test('on a Cluster of three primaries each of many subjects is admitted exactly its limit', async () => {
  await using cluster = await startCluster({ primaries: 3 });
  const counters = await Promise.all([openCounter(cluster.url), openCounter(cluster.url)]);
  const subjects = Array.from({ length: 30 }, () => randomUUID());
  expect(
    await Promise.all(subjects.map((subject) => floodCounters(counters, subject, { calls: 150, quota: QUOTA }))),
  ).toEqual(subjects.map(() => QUOTA.perMinute));
});

test('while the link is black-holed every call is refused as unavailable, and after it what was sent may count, never twice', async () => {
  await using proxy = await startFaultProxy(redis.port);
  const counter = await openCounter(`redis://127.0.0.1:${proxy.port}`, undefined, HASTY_MS);
  const subject = randomUUID();
  expect((await counter.count(subject, QUOTA, 1)).isAdmitted).toBe(true);
  proxy.blackhole();
  for (let call = 0; call < 3; call++) {
    const refused = await Promise.resolve(counter.count(subject, QUOTA, 1)).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(DomainError);
    expect(refused).toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' });
  }
  const direct = await openCounter(redis.url);
  const { minute } = await direct.count(subject, QUOTA, 0);
  expect(minute.remaining).toBeLessThanOrEqual(99);
  expect(minute.remaining).toBeGreaterThanOrEqual(96);
});

test('a share is what the others leave: two of at most four gateways that lost Redis admit half of what remained, and Redis is told', async () => {
  let isFailing = false;
  const clock = new TestClock();
  const counters = await Promise.all(
    [0, 1].map(async () => {
      const shared = await openCounter(redis.url, () => isFailing);
      return new LocalShareCallCounter(shared, clock, 4);
    }),
  );
  const subject = randomUUID();
  const count = async (calls: number) => {
    let admitted = 0;
    for (let call = 0; call < calls; call++) {
      for (const counter of counters) if ((await counter.count(subject, QUOTA, 1)).isAdmitted) admitted++;
    }
    return admitted;
  };
  expect(await count(10)).toBe(20);
  expect(counters.map(({ mode }) => mode)).toEqual(['exact', 'exact']);

  isFailing = true;
  expect(counters.map(({ mode }) => mode)).toEqual(['share', 'share']);
  // A quarter of the 80 that were left, each.
  expect(await count(60)).toBe(40);

  isFailing = false;
  // 20 before, 40 meanwhile.
  expect(await count(60)).toBe(40);
  expect(counters.map(({ mode }) => mode)).toEqual(['exact', 'exact']);
});

test('a flood on a subject that is used up does not reach Redis', async () => {
  const counter = await openCounter(redis.url);
  const subject = randomUUID();
  await floodCounters([counter], subject, { calls: QUOTA.perMinute + 10, quota: QUOTA });
  const commands = async () =>
    Number(/total_commands_processed:(\d+)/.exec(await sendRedisCommand(redis.port, 'INFO', 'stats'))?.[1]);
  const before = await commands();
  for (let call = 0; call < 10_000; call++) {
    const decision = counter.count(subject, QUOTA, 1);
    if (decision instanceof Promise || decision.isAdmitted) throw new Error('asked Redis');
  }
  // The two questions about it.
  expect((await commands()) - before).toBeLessThan(10);
});

test('a replica that has not asked for long learns of what others counted before a loss as soon as one of them notices it', async () => {
  const owned = { redisUrl: redis.url, databaseUrl: await newDatabaseUrl() };
  await using first = await openReplica(owned);
  await using idle = await openReplica(owned);
  const subject = randomUUID();
  for (let call = 0; call < QUOTA.perMinute; call++) await first.database.calls.count(subject, QUOTA, 1);
  await sendRedisCommand(redis.port, 'FLUSHALL');
  await until('the counts were told again', async () =>
    (await sendRedisCommand(redis.port, 'EXISTS', callsKey(subject))).includes(':1'),
  );
  expect((await idle.database.calls.count(subject, QUOTA, 1)).isAdmitted).toBe(false);
});

test('of a day with more calls than two bytes can say none is forgotten where Redis loses its data', async () => {
  const counter = await openCounter(redis.url);
  const subject = randomUUID();
  const quota = { ...QUOTA, perDay: 200_000 };
  counter.owe(subject, 180_000);
  expect((await counter.count(subject, quota, 0)).day?.remaining).toBe(20_000);
  await sendRedisCommand(redis.port, 'FLUSHALL');
  expect((await counter.count(subject, quota, 0)).day?.remaining).toBe(20_000);
});

test('a larger cost is told when it would pass itself, not when a smaller one that was refused would', async () => {
  const counter = await openCounter(redis.url);
  const subject = randomUUID();
  const quota = { ...QUOTA, perMinute: 10 };
  await counter.count(subject, quota, 1);
  await counter.count(subject, quota, 9);
  const [small, large] = [await counter.count(subject, quota, 1), await counter.count(subject, quota, 10)];
  expect(small.isAdmitted || large.isAdmitted).toBe(false);
  expect(large.minute.retryAtUs ?? 0).toBeGreaterThan(small.minute.retryAtUs ?? 0);
});

test('refused credentials of one client, however many, are refused and told so, and harm nothing', async () => {
  const counter = await openCounter(redis.url);
  const limits = new LimitService({ counter, alone: new MemoryCallCounter(systemClock), limits: limitsOf() });
  const outcomes: string[] = [];
  const address = randomUUID();
  for (let call = 0; call < 130; call++) {
    outcomes.push(
      await limits.countFailure(address, 'one client').then(
        () => 'counted',
        ({ code }) => code as string,
      ),
    );
  }
  expect(outcomes).toEqual([...Array(30).fill('counted'), ...Array(100).fill('RATE_LIMITED')]);
});
