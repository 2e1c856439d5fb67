import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { openRedis, type RedisClient } from '../../src/stores/redis/client.js';
import { tokenKey } from '../../src/stores/redis/keys.js';
import { RedisTokenStore } from '../../src/stores/redis/token.redis.js';
import { RevocationFeed } from '../../src/stores/revocations/revocation.feed.js';
import type { RevocationStore } from '../../src/stores/revocations/revocation.store.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { newRedisUrl } from '../support/shared-servers.js';
import { TestClock } from '../support/test-clock.js';

const NOTHING_REVOKED: RevocationStore = {
  list: async () => [],
  listUnpublished: async () => [],
  markPublished: async () => undefined,
};

/** A feed that is current all the while, and hears from `lose` that Redis may have lost what it had. */
async function openFeed() {
  const log = { identity: 'first' };
  const feed = new RevocationFeed({
    log: {
      publish: async () => undefined,
      probe: async () => ({ ...log, newest: '0-0', added: 0, entries: 0, revocations: [], appended: [] }),
    },
    stored: NOTHING_REVOKED,
    boundMs: 600_000,
    clock: new TestClock(),
    logger: createLogger('error'),
  });
  await feed.start();
  const lose = async () => {
    const heard = new Promise<void>((resolve) => feed.onChange(() => resolve()));
    log.identity = 'second';
    feed.hint();
    await heard;
  };
  return { feed, lose, [Symbol.dispose]: () => feed.stop() };
}

test('a token that was read before Redis lost it, and comes after the loss was noticed, is not remembered', async () => {
  using opened = await openFeed();
  const { feed, lose } = opened;
  const { redis, close } = await openRedis(parseRedisUrl(await newRedisUrl()), createLogger('error'), PATIENT_MS);
  using _closed = { [Symbol.dispose]: close };
  const wasRead = Promise.withResolvers<void>();
  const mayCome = Promise.withResolvers<void>();
  // As from a node of a Cluster that is slower than the one with the log.
  const slow = Object.assign(Object.create(redis) as RedisClient, {
    mget: async (keys: string[]) => {
      const records = await redis.mget(keys);
      wasRead.resolve();
      await mayCome.promise;
      return records;
    },
  });
  const sweep = async () => 0;
  const store = new RedisTokenStore(slow, feed, { sweep }, 100);
  const token = tokenRecord(connectionRecord());
  await new RedisTokenStore(redis, feed, { sweep }, 0).insert(token);

  const early = store.find(token.digest);
  await wasRead.promise;
  await redis.del(tokenKey(token.digest));
  await lose();
  mayCome.resolve();

  expect(await early).toEqual(token);
  expect(store.recall(token.digest)).toBeUndefined();
  expect(await store.find(token.digest)).toBeUndefined();
});
