import { expect, test } from 'vitest';
import { userOf } from '../../src/domain/principal.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { openTestDatabase } from '../support/embedded-database.js';
import { connectionRecord } from '../support/records.js';
import { startRedis } from '../support/redis-server.js';
import { newReplicatedPlace, openReplica } from '../support/replicated-database.js';
import { accepted, errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { statementsOf } from '../support/statement-counter.js';
import { startTenant } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { insertUpstreamClient, upstreamTokensOf } from '../support/upstream-tokens.js';

const REPLICAS = 8;
const CALLERS = 50;
/** At each replica, for 500 in all. */
const REFUSED_CALLERS = 63;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const ADMIN = userOf('SUPER_ADMIN', 'tester', 'default');

/** One process in front of a tenant of its own. */
async function openUpstream(settings: Parameters<typeof startTenant>[0] = {}) {
  await using stack = new AsyncDisposableStack();
  const tenant = stack.use(await startTenant(settings));
  const { database } = stack.use(await openTestDatabase());
  const clock = new TestClock();
  const connection = await insertUpstreamClient(database, tenant.url);
  const bearers = upstreamTokensOf(database, tenant.url, clock);
  const disposal = stack.move();
  return { tenant, database, clock, connection, bearers, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

/** So many replicas in front of one tenant; their clocks are one. */
async function openReplicas(count = REPLICAS) {
  await using stack = new AsyncDisposableStack();
  const tenant = stack.use(await startTenant());
  const place = await newReplicatedPlace();
  const keyRing = KeyRing.parse(KeyRing.generate());
  const clock = new TestClock();
  const databases = await Promise.all(
    Array.from({ length: count }, async () => stack.use(await openReplica(place, { keyRing, clock })).database),
  );
  const [first] = databases;
  if (first === undefined) throw new Error('no replica');
  const connection = await insertUpstreamClient(first, tenant.url);
  const replicas = databases.map((database) => upstreamTokensOf(database, tenant.url, clock));
  const disposal = stack.move();
  return { tenant, clock, connection, databases, replicas, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

test(`${REPLICAS} replicas with ${CALLERS} callers each ask the tenant once, cold and when the bearer nears its end`, async () => {
  await using opened = await openReplicas();
  const { tenant, clock, connection, replicas } = opened;
  const askAll = async () => {
    const asked = replicas.flatMap((bearers) =>
      Array.from({ length: CALLERS }, () => bearers.forConnection(connection)),
    );
    return new Set((await Promise.all(asked)).map(({ accessToken }) => accessToken.reveal())).size;
  };

  expect([await askAll(), tenant.count('token')]).toEqual([1, 1]);
  clock.advance(DAY_MS - 9 * MINUTE_MS);
  expect([await askAll(), tenant.count('token')]).toEqual([1, 2]);
});

test(`${REPLICAS * REFUSED_CALLERS} callers whose one bearer the tenant has ended get one other, whichever replica they ask`, async () => {
  await using opened = await openReplicas();
  const { tenant, clock, connection, replicas } = opened;
  const refused = await Promise.all(replicas.map((bearers) => bearers.forConnection(connection)));
  clock.advance(MINUTE_MS);
  tenant.revoke();

  const replaced = await Promise.all(
    replicas.flatMap((bearers, index) =>
      Array.from({ length: REFUSED_CALLERS }, () => bearers.replace(connection, refused[index] as (typeof refused)[0])),
    ),
  );

  expect(new Set(replaced.map((bearer) => bearer?.accessToken.reveal())).size).toBe(1);
  expect(replaced[0]?.accessToken.reveal()).not.toBe(refused[0]?.accessToken.reveal());
  expect(tenant.count('token')).toBe(2);
});

test('a bearer that was late is not replaced again by who met the refusal of the one before it', async () => {
  await using opened = await openUpstream();
  const { bearers, clock, connection, tenant } = opened;
  const old = await bearers.forConnection(connection);
  clock.advance(MINUTE_MS);
  const next = await bearers.replace(connection, old);
  clock.advance(MINUTE_MS);
  expect(await bearers.replace(connection, old)).toBe(next);
  expect(await bearers.forConnection(connection)).toBe(next);
  expect(tenant.count('token')).toBe(2);
});

test('while a refused bearer is replaced nobody is given it', async () => {
  await using opened = await openUpstream();
  const { bearers, clock, connection, tenant } = opened;
  const refused = await bearers.forConnection(connection);
  clock.advance(MINUTE_MS);
  const { promise, resolve } = Promise.withResolvers<void>();
  tenant.misbehave({ kind: 'wait', until: promise }, { times: 1 });
  const replacing = bearers.replace(connection, refused);
  await until('the tenant was asked', () => tenant.count('token') === 2);
  const asked = bearers.forConnection(connection);
  resolve();
  expect(await asked).toBe(await replacing);
});

test('a tenant that refuses each bearer it has just given is not asked for more of them', async () => {
  await using opened = await openUpstream();
  const { bearers, clock, connection, tenant } = opened;
  const first = await bearers.forConnection(connection);
  expect(await bearers.replace(connection, first)).toBeUndefined();
  clock.advance(5 * SECOND_MS);
  const second = await bearers.replace(connection, first);
  for (let call = 0; call < 100; call++) {
    expect(await bearers.replace(connection, second ?? first)).toBeUndefined();
  }
  expect(tenant.count('token')).toBe(2);
});

test('a bearer that nears its end is given while the next is fetched, and also while that fails', async () => {
  await using opened = await openUpstream();
  const { bearers, clock, connection, tenant } = opened;
  const first = await bearers.forConnection(connection);
  clock.advance(DAY_MS - 12 * MINUTE_MS);
  tenant.misbehave({ kind: 'status', status: 500 }, { times: 1 });
  expect(await bearers.forConnection(connection)).toBe(first);
  await until('the next was asked for in vain', () => tenant.count('token') === 2);

  await until('the next was fetched', async () => (await bearers.forConnection(connection)) !== first);
  expect(tenant.count('token')).toBe(3);
});

test('past its margin nobody is given a bearer, and where the tenant gives none callers are told to try again', async () => {
  await using opened = await openUpstream();
  const { bearers, clock, connection, tenant } = opened;
  await bearers.forConnection(connection);
  tenant.misbehave({ kind: 'reset' });
  clock.advance(DAY_MS - 10 * MINUTE_MS + 1);
  expect(await errorCodeOf(bearers.forConnection(connection))).toBe('TEMPORARILY_UNAVAILABLE');
});

test('of a slow answer the life of the bearer counts from when it was asked for', async () => {
  await using opened = await openUpstream({ lifetimeSeconds: 3_600 });
  const { bearers, clock, connection, tenant } = opened;
  const { promise, resolve } = Promise.withResolvers<void>();
  tenant.misbehave({ kind: 'wait', until: promise }, { times: 1 });
  const askedAt = clock.now();
  const asked = bearers.forConnection(connection);
  await until('the tenant was asked', () => tenant.count('token') === 1);
  clock.advance(8 * SECOND_MS);
  resolve();
  expect(await asked).toMatchObject({ issuedAt: askedAt, expiresAt: askedAt + 3_600 * SECOND_MS });
});

test('a tenant that gives the same token again is asked ever more seldom, not with each call', async () => {
  await using opened = await openUpstream({ givesSameTokenTwice: true, lifetimeSeconds: 600 });
  const { bearers, clock, connection, tenant } = opened;
  for (let call = 0; call < 53; call++) {
    await bearers.forConnection(connection).catch(() => undefined);
    // What was asked of the tenant in the background is answered before this is.
    await fetch(tenant.url);
    await fetch(tenant.url);
    clock.advance(10 * SECOND_MS);
  }
  expect(tenant.count('token')).toBeLessThan(20);
});

test('credentials that the tenant refuses are not tried again with each call, and the caller is told what is wrong', async () => {
  await using opened = await openUpstream({ clients: {} });
  const { bearers, connection, tenant } = opened;
  for (let call = 0; call < 20; call++) {
    expect(await errorCodeOf(bearers.forConnection(connection))).toBe('UPSTREAM_REFUSED');
  }
  expect(tenant.count('token')).toBe(1);
});

test('a connection to which nothing is linked, of an organisation that was LOCAL before, has no bearer, and is told what to do', async () => {
  await using opened = await openUpstream();
  const { clock, connection, database, tenant } = opened;
  const bearers = upstreamTokensOf(database, tenant.url, clock, async () => undefined);
  expect(await errorCodeOf(bearers.forConnection(connection))).toBe('UPSTREAM_REFUSED');
  expect(tenant.requests).toEqual([]);
});

test('nobody has the bearer of a connection that is another organisation’s, absent or an access key', async () => {
  await using opened = await openUpstream();
  const { bearers, connection, database } = opened;
  const foreign = userOf('SUPER_ADMIN', 'tester', 'other');
  accepted(await bearers.issue(ADMIN, connection.id));
  expect(await bearers.issue(foreign, connection.id)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await bearers.issue(ADMIN, 'con_absent')).toMatchObject({ code: 'NOT_FOUND' });
  const key = connectionRecord({ authenticationType: 'ACCESS_KEY' });
  await database.change('default', ({ connections }) => connections.insert(key));
  expect(await bearers.issue(ADMIN, key.id)).toMatchObject({ code: 'INVALID_INPUT' });
});

test('a connection that was reset, disabled or deleted has no bearer from before', async () => {
  await using opened = await openUpstream();
  const { bearers, clock, connection, database, tenant } = opened;
  const first = await bearers.forConnection(connection);
  const next = { ...connection, generation: connection.generation + 1 };
  await database.change('default', ({ connections }) => connections.update(next));
  expect(await bearers.forConnection(next)).not.toBe(first);
  clock.advance(SECOND_MS);
  await database.change('default', ({ connections }) => connections.update({ ...next, status: 'DISABLED' }));
  expect(await bearers.issue(ADMIN, connection.id)).toMatchObject({ code: 'INVALID_INPUT' });
  expect(tenant.count('token')).toBe(2);
});

test('a bearer that is known costs no SQL, and no question to the tenant', async () => {
  await using opened = await openUpstream();
  const { bearers, connection, tenant } = opened;
  const first = accepted(await bearers.issue(ADMIN, connection.id));
  const statements = await statementsOf(async () => {
    for (let call = 0; call < 10; call++) expect(await bearers.issue(ADMIN, connection.id)).toBe(first);
  });
  expect(statements).toEqual([]);
  expect(tenant.count('token')).toBe(1);
});

test('without Redis a bearer that is known serves until its margin, and nothing else is made up', async () => {
  await using tenant = await startTenant();
  const redis = await startRedis();
  const clock = new TestClock();
  const place = { databaseUrl: await newDatabaseUrl(), redisUrl: redis.url };
  await using replica = await openReplica(place, { clock });
  const connection = await insertUpstreamClient(replica.database, tenant.url);
  const bearers = upstreamTokensOf(replica.database, tenant.url, clock);
  const first = accepted(await bearers.issue(ADMIN, connection.id));
  await redis[Symbol.asyncDispose]();

  clock.advance(DAY_MS - 16 * MINUTE_MS);
  expect(await bearers.issue(ADMIN, connection.id)).toBe(first);
  clock.advance(6 * MINUTE_MS + 1);
  expect(await errorCodeOf(bearers.issue(ADMIN, connection.id))).toBe('TEMPORARILY_UNAVAILABLE');
  expect(tenant.count('token')).toBe(1);
});
