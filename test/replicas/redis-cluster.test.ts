import { randomUUID } from 'node:crypto';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Quota } from '../../src/domain/limits/quota.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { RedisCallCounter } from '../../src/stores/redis/call-counter.redis.js';
import { openRedis } from '../../src/stores/redis/client.js';
import { callsKey, sharedTokenKeys, tokenKey } from '../../src/stores/redis/keys.js';
import { floodCounters } from '../support/flood-counters.js';
import { MovingSlot } from '../support/moving-slot.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { commandCount } from '../support/redis-command-count.js';
import { openReplica, PATIENT_MS, type ReplicatedPlace } from '../support/replicated-database.js';
import {
  accepted,
  auditEvents,
  buildTestServices,
  createConnection,
  errorCodeOf,
  ORGANIZATIONS,
  SUPER_ADMIN,
} from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { TestClock } from '../support/test-clock.js';

const LOOKED_UP = 64;
const QUOTA: Quota = { perMinute: 50_000, perDay: 100, dayWindow: 'rolling' };
const LEASE_MS = 60_000;
/** So many that a connection which is not ready yet shows. */
const OPENS = 30;

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster({ primaries: 3 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

/** Two replicas' services on one state. */
async function openTwo() {
  await using stack = new AsyncDisposableStack();
  const place: ReplicatedPlace = { databaseUrl: await newDatabaseUrl(), redisUrl: cluster.url };
  const shared = { keyRing: KeyRing.parse(KeyRing.generate()), clock: new TestClock() };
  const open = async () => {
    const { database } = stack.use(await openReplica(place, shared));
    return buildTestServices({ ...shared, database });
  };
  const [first, second] = [await open(), await open()];
  await first.database.organizations.save(ORGANIZATIONS);
  const disposal = stack.move();
  return { first, second, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

test('no commands are joined into a pipeline by the client itself: it would read moved keys as absent', async () => {
  const { redis, close } = await openRedis(parseRedisUrl(cluster.url), createLogger('error'), PATIENT_MS);
  expect(redis.options.enableAutoPipelining).toBe(false);
  expect(redis).toHaveProperty('options.redisOptions');
  expect(redis).not.toHaveProperty('options.redisOptions.enableAutoPipelining', true);
  close();
});

test('an opened client is connected to every primary: no first command is refused', async () => {
  for (let opens = 0; opens < OPENS; opens++) {
    const { redis, close } = await openRedis(parseRedisUrl(cluster.url), createLogger('error'), PATIENT_MS);
    const primaries = redis instanceof Cluster ? redis.nodes('master') : [];
    expect(primaries.map(({ status }) => status)).toEqual(['ready', 'ready', 'ready']);
    close();
  }
});

test('calls of one turn are counted by one command for each subject, to the node of its slot', async () => {
  const { redis, close } = await openRedis(parseRedisUrl(cluster.url), createLogger('error'), PATIENT_MS);
  const counter = new RedisCallCounter(redis, () => false);
  const subjects = Array.from({ length: LOOKED_UP }, () => randomUUID());
  const countAll = () =>
    Promise.all(subjects.flatMap((subject) => Array.from({ length: 10 }, () => counter.count(subject, QUOTA, 1))));
  const sent = async () => {
    const counts = await Promise.all(cluster.servers.map(({ port }) => commandCount(port, 'evalsha')));
    return counts.reduce((sum, count) => sum + count);
  };
  // The nodes learn the script.
  await countAll();
  const before = await sent();
  const decisions = await countAll();
  expect(decisions.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(10 * LOOKED_UP);
  expect((await sent()) - before).toBe(LOOKED_UP);
  close();
});

describe('while a slot is half moved', () => {
  test(`${LOOKED_UP} tokens that are looked up in one turn are all found, and those of no key are absent`, async () => {
    await using replicas = await openTwo();
    const [first, second] = [replicas.first.database, replicas.second.database];
    const connection = connectionRecord();
    const tag = randomUUID();
    // A common tag has the records of all of them in one slot.
    const tokens = Array.from({ length: LOOKED_UP }, () =>
      tokenRecord(connection, { digest: `{${tag}}${randomUUID()}` }),
    );
    const digests = tokens.map(({ digest }) => digest);
    await insertTokens(first, tokens);

    const slot = await MovingSlot.begin(cluster, tokenKey(`{${tag}}`));
    await slot.move(...digests.filter((_, index) => index % 2 === 0).map(tokenKey));

    expect(await findTokens(first, [...digests, `{${tag}}absent`])).toEqual([...tokens, undefined]);
    const issuedMeanwhile = tokenRecord(connection, { digest: `{${tag}}${randomUUID()}` });
    await insertTokens(first, [issuedMeanwhile]);
    await slot.finish();
    expect(await findTokens(second, [...digests, issuedMeanwhile.digest])).toEqual([...tokens, issuedMeanwhile]);
  });

  test('a shared token whose keys are parted is the same or unavailable, and never minted again', async () => {
    await using replicas = await openTwo();
    const { first, second } = replicas;
    const { connection } = await createConnection(first);
    const bearer = accepted(await first.sharedTokens.issue(SUPER_ADMIN, connection.id)).accessToken.reveal();
    const [value, , fence] = sharedTokenKeys(connection.id);
    const askSecond = async () => accepted(await second.sharedTokens.issue(SUPER_ADMIN, connection.id));
    const given: string[] = [];
    const ask = async () => {
      const [outcome] = await Promise.allSettled([askSecond()]);
      given.push(outcome.status === 'fulfilled' ? outcome.value.accessToken.reveal() : outcome.reason.code);
    };

    const slot = await MovingSlot.begin(cluster, value);
    await ask();
    await slot.move(fence);
    await ask();
    await slot.move(value);
    await ask();
    expect(given.filter((each) => each !== bearer && each !== 'TEMPORARILY_UNAVAILABLE')).toEqual([]);

    await slot.finish();
    expect((await askSecond()).accessToken.reveal()).toBe(bearer);
    expect((await auditEvents(first)).filter(({ action }) => action === 'token.issued')).toHaveLength(1);
  });

  test('a lease whose keys are parted is given to nobody else, and its holder keeps the token in the end', async () => {
    await using replicas = await openTwo();
    const [first, second] = [replicas.first.database.sharedTokens, replicas.second.database.sharedTokens];
    const id = `con_${randomUUID()}`;
    const [value, , fence] = sharedTokenKeys(id);
    const acquired = await first.acquire(id, undefined, LEASE_MS);
    if (!('leasedFence' in acquired)) throw new Error('no lease');

    const slot = await MovingSlot.begin(cluster, value);
    await slot.move(fence);
    expect(await errorCodeOf(second.acquire(id, undefined, LEASE_MS))).toBe('TEMPORARILY_UNAVAILABLE');
    await slot.finish();

    expect(await second.acquire(id, undefined, LEASE_MS)).toHaveProperty('heldForMs');
    const accessToken = accepted(
      await replicas.first.sharedTokens.issue(SUPER_ADMIN, (await createConnection(replicas.first)).connection.id),
    ).accessToken;
    const kept = { accessToken, generation: 1, issuedAt: 1, expiresAt: Date.UTC(2100, 0), fence: acquired.leasedFence };
    expect(await first.keep(id, kept)).toBe(true);
    expect(await second.acquire(id, undefined, LEASE_MS)).toMatchObject({ kept: { fence: acquired.leasedFence } });
  });

  test('calls count exactly: before their key moves, while it moves, behind it and after', async () => {
    await using replicas = await openTwo();
    const counters = [replicas.first.database.calls, replicas.second.database.calls];
    const subject = randomUUID();
    const flood = (calls: number) => floodCounters(counters, subject, { calls, quota: QUOTA });
    const admitted = [await flood(10)];

    const slot = await MovingSlot.begin(cluster, callsKey(subject));
    admitted.push(await flood(10));
    const meanwhile = flood(20);
    await slot.move(callsKey(subject));
    admitted.push(await meanwhile, await flood(10));
    await slot.finish();
    admitted.push(await flood(100));

    expect(admitted).toEqual([10, 10, 20, 10, 50]);
  });
});
