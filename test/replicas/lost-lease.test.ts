import { expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { sharedTokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';

const LEASE_MS = 60_000;

async function lease({ sharedTokens }: Database): Promise<number> {
  const acquired = await sharedTokens.acquire('con_1', undefined, LEASE_MS);
  if (!('leasedFence' in acquired)) throw new Error('no lease');
  return acquired.leasedFence;
}

test('a lease that Redis forgot is over: its late holder overwrites nothing of who was given one since', async () => {
  await using redis = await startRedis();
  const place = { databaseUrl: await newDatabaseUrl(), redisUrl: redis.url };
  const keyRing = KeyRing.parse(KeyRing.generate());
  await using first = await openReplica(place, { keyRing });
  await using second = await openReplica(place, { keyRing });
  const late = await lease(first.database);

  expect(await sendRedisCommand(redis.port, 'FLUSHALL')).toBe('+OK');
  const bearer = sharedTokenRecord(await lease(second.database));

  // Before the later holder is done, and after.
  expect(await first.database.sharedTokens.keep('con_1', sharedTokenRecord(late))).toBe(false);
  expect(await second.database.sharedTokens.keep('con_1', bearer)).toBe(true);
  expect(await first.database.sharedTokens.keep('con_1', sharedTokenRecord(late))).toBe(false);
  const acquired = await first.database.sharedTokens.acquire('con_1', undefined, LEASE_MS);
  expect('kept' in acquired && acquired.kept.accessToken.reveal()).toBe(bearer.accessToken.reveal());
});
