import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../src/lib/ids.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { orUnavailable } from '../../src/stores/redis/availability.js';
import { RedisCallCounter } from '../../src/stores/redis/call-counter.redis.js';
import { type OpenedRedis, openRedis } from '../../src/stores/redis/client.js';
import { RedisRevocationLog } from '../../src/stores/redis/revocation-log.redis.js';
import { SCRIPTS } from '../../src/stores/redis/scripts.js';
import { RedisSharedTokenStore } from '../../src/stores/redis/shared-token.redis.js';
import { LOG_END } from '../../src/stores/revocations/revocation.log.js';
import { sharedTokenRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { TestClock } from '../support/test-clock.js';

const LEASE_MS = 600_000;
const QUOTA = { perMinute: 100, perDay: 50_000, dayWindow: 'rolling' } as const;

let redis: RedisServer;
let opened: OpenedRedis;
let counter: RedisCallCounter;
let log: RedisRevocationLog;
let sharedTokens: RedisSharedTokenStore;

beforeAll(async () => {
  redis = await startRedis();
  opened = await openRedis(parseRedisUrl(redis.url), createLogger('error'), PATIENT_MS);
  counter = new RedisCallCounter(opened.redis, () => false);
  log = new RedisRevocationLog(opened.redis);
  sharedTokens = new RedisSharedTokenStore(opened.redis, KeyRing.parse(KeyRing.generate()), new TestClock());
});
afterAll(async () => {
  opened.close();
  await redis[Symbol.asyncDispose]();
});

/** Does it when the server has just forgotten every script. */
async function forgotten<T>(ask: () => Promise<T>): Promise<T> {
  expect(await sendRedisCommand(redis.port, 'SCRIPT', 'FLUSH')).toBe('+OK');
  return ask();
}

async function lease(connectionId: string): Promise<number> {
  const acquired = await forgotten(() => sharedTokens.acquire(connectionId, undefined, LEASE_MS));
  if (!('leasedFence' in acquired)) throw new Error(`no lease: ${JSON.stringify(acquired)}`);
  return acquired.leasedFence;
}

/** What shows that a script had its effect, and once. */
const TRIES: Record<keyof typeof SCRIPTS, () => Promise<void>> = {
  async countCalls() {
    const subject = randomUUID();
    const count = async (cost: number) => (await counter.count(subject, QUOTA, cost)).minute.remaining;
    // The first makes the log, the second is the common case.
    expect(await forgotten(() => count(1))).toBe(99);
    expect(await forgotten(() => count(1))).toBe(98);
    expect(await count(0)).toBe(98);
  },
  async publishRevocations() {
    const before = await log.probe(LOG_END);
    const revocation = { tokenId: newId('tok'), expiresAt: Date.now() + LEASE_MS };
    const event = { organizationId: 'default', sequence: 1 };
    await forgotten(() => log.publish([revocation], [event]));
    const { added, revocations, appended } = await log.probe(before.newest);
    expect([added, revocations, appended]).toEqual([before.added + 1, [revocation], [event]]);
  },
  async probeRevocations() {
    await sendRedisCommand(redis.port, 'FLUSHALL');
    const { identity } = await forgotten(() => log.probe(LOG_END, 'first'));
    expect(identity).toMatch(/\/first$/);
    expect((await forgotten(() => log.probe(LOG_END, 'second'))).identity).toBe(identity);
  },
  async acquireSharedToken() {
    const connectionId = newId('con');
    await lease(connectionId);
    expect(await forgotten(() => sharedTokens.acquire(connectionId, undefined, LEASE_MS))).toHaveProperty('heldForMs');
  },
  async keepSharedToken() {
    const connectionId = newId('con');
    const token = sharedTokenRecord(await lease(connectionId));
    expect(await forgotten(() => sharedTokens.keep(connectionId, token))).toBe(true);
    const found = await sharedTokens.acquire(connectionId, undefined, LEASE_MS);
    expect('kept' in found && found.kept.accessToken.reveal()).toBe(token.accessToken.reveal());
  },
  async releaseSharedToken() {
    const connectionId = newId('con');
    const fence = await lease(connectionId);
    await forgotten(() => sharedTokens.release(connectionId, fence));
    expect(await lease(connectionId)).toBeGreaterThan(fence);
  },
};

test.for(Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[])(
  '%s, sent to a server that has just forgotten it, has its effect once',
  (script) => TRIES[script](),
);

test('a script that was forgotten again before it was repeated did nothing, and is unavailable', async () => {
  const unknown = opened.redis.evalsha.bind(opened.redis, '0'.repeat(40), 0);
  await expect(orUnavailable(opened.redis, unknown)).rejects.toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' });
});
