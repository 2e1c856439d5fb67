import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { openRedis } from '../../src/stores/redis/client.js';
import { REVOCATION_LOG_KEY, tokenKey } from '../../src/stores/redis/keys.js';
import { primaryOf } from '../support/moving-slot.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import type { RedisServer } from '../support/redis-server.js';
import { HASTY_MS, openReplica, PATIENT_MS } from '../support/replicated-database.js';
import { errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { until } from '../support/until.js';

/** The nodes themselves never come to hold a silent one for failed: that would be another test. */
const NEVER_FAILS = ['--cluster-node-timeout', '600000'];
/** So many clients that one of them at least would have asked the silent primary first. */
const STARTS = 6;

let cluster: RedisCluster;
/** A primary that does not have the log of revocations, and falls silent. */
let silent: RedisServer;
let other: RedisServer;
beforeAll(async () => {
  cluster = await startCluster({ primaries: 3, config: NEVER_FAILS });
  const withLog = await primaryOf(cluster, REVOCATION_LOG_KEY);
  [silent, other] = cluster.servers.filter((server) => server !== withLog) as [RedisServer, RedisServer];
});
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(() => () => silent.kill('SIGCONT'));

function open(deadlineMs: number) {
  return openRedis(parseRedisUrl(cluster.url), createLogger('error'), deadlineMs);
}

test('while a primary is silent a replica starts, other slots are served and its own are unavailable; then all is well', async () => {
  const place = { databaseUrl: await newDatabaseUrl(), redisUrl: cluster.url };
  await using early = await openReplica(place, { deadlineMs: HASTY_MS });
  const connection = connectionRecord();
  const tokens = Array.from({ length: 24 }, () => tokenRecord(connection));
  await insertTokens(early.database, tokens);
  const places = await Promise.all(tokens.map(({ digest }) => primaryOf(cluster, tokenKey(digest))));
  const [lost, served] = [true, false].map((isLost) =>
    tokens.filter((_, index) => (places[index] === silent) === isLost).map(({ digest }) => digest),
  ) as [string[], string[]];

  silent.kill('SIGSTOP');
  await using late = await openReplica(place, { deadlineMs: HASTY_MS });
  for (const { database } of [early, late]) {
    await until('the others were found', async () => (await findTokens(database, served)).every(Boolean));
    // Asked in one turn of the event loop, each has its own answer.
    const codes = await Promise.all([...lost, ...served].map((digest) => errorCodeOf(database.tokens.find(digest))));
    expect(codes).toEqual([...lost.map(() => 'TEMPORARILY_UNAVAILABLE'), ...served.map(() => 'no error')]);
  }

  silent.kill('SIGCONT');
  for (const { database } of [early, late]) {
    await until('all were found', async () => (await findTokens(database, [...lost, ...served])).every(Boolean));
  }
});

test('no start waits for a silent primary, however long Redis may take for an answer', async () => {
  silent.kill('SIGSTOP');
  const opened = await Promise.all(Array.from({ length: STARTS }, () => open(PATIENT_MS)));
  for (const { close } of opened) close();
});

test('a primary that drops keys refuses a start, also where another is silent', async () => {
  expect(await sendRedisCommand(other.port, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')).toBe('+OK');
  silent.kill('SIGSTOP');
  await expect(open(HASTY_MS)).rejects.toThrow(/drops keys when its memory is full \(maxmemory-policy allkeys-lru\)/);
  expect(await sendRedisCommand(other.port, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction')).toBe('+OK');
});
