import { describe, expect, test } from 'vitest';
import type { AccessToken } from '../../src/domain/tokens/access-token.js';
import { DisableConnectionDocument, IssueTokenDocument, RevokeTokenDocument } from '../generated/graphql.js';
import { createMachine, requestToken } from '../support/machine.js';
import { connectionRecord, sharedTokenRecord, tokenRecord } from '../support/records.js';
import { startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { openReplica } from '../support/replicated-database.js';
import {
  authorizationOf,
  COMPATIBLE,
  expectFailure,
  introspect,
  jsonOf,
  post,
  postForm,
  STANDARD,
} from '../support/rest.js';
import { errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { until } from '../support/until.js';

const LEASE_MS = 60_000;
const QUOTA = { perMinute: 100, perDay: 50_000, dayWindow: 'rolling' } as const;

/** Where one Redis, or a Cluster, has no room for anything from `fill` until `free`. */
interface Place extends AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly redisUrl: string;
}

async function startSingle(): Promise<Place> {
  const redis = await startRedis();
  return { servers: [redis], redisUrl: redis.url, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}

async function startThree(): Promise<Place> {
  const cluster = await startCluster({ primaries: 3 });
  return {
    servers: cluster.servers,
    redisUrl: cluster.url,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function limitMemory({ servers }: Pick<Place, 'servers'>, bytes: number): Promise<void> {
  for (const { port } of servers) {
    expect(await sendRedisCommand(port, 'CONFIG', 'SET', 'maxmemory', String(bytes))).toBe('+OK');
  }
}

const fill = (place: Pick<Place, 'servers'>) => limitMemory(place, 1);
const free = (place: Pick<Place, 'servers'>) => limitMemory(place, 0);

/** Two replicas of which the first has issued some tokens of one connection, and the second has seen them. */
async function openTwo(start: () => Promise<Place> = startSingle) {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await start());
  const where = { databaseUrl: await newDatabaseUrl(), redisUrl: place.redisUrl };
  const first = stack.use(await openReplica(where)).database;
  const second = stack.use(await openReplica(where)).database;
  await first.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  const other = connectionRecord();
  await first.change('default', async ({ connections }) => {
    await connections.insert(connection);
    await connections.insert(other);
  });
  const tokens = [tokenRecord(connection), tokenRecord(other), tokenRecord(connection)];
  await insertTokens(first, tokens);
  const found = async (database: typeof first) =>
    (
      await findTokens(
        database,
        tokens.map(({ digest }) => digest),
      )
    ).map((token) => token !== undefined);
  expect(await found(second)).toEqual([true, true, true]);
  const disposal = stack.move();
  const third = async () => disposal.use(await openReplica(where)).database;
  return {
    ...{ place, first, second, third, connection, other, tokens, found },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

describe.for([
  ['Redis', startSingle],
  ['Cluster', startThree],
] as const)('while a %s is full', ([, start]) => {
  test('what is revoked is acknowledged and refused by every replica, also by one that starts then', async () => {
    await using opened = await openTwo(start);
    const { place, first, second, third, other, tokens, found } = opened;
    await fill(place);

    await first.change('default', ({ tokens: written }) => written.revoke(tokens[0] as AccessToken));
    await second.change('default', ({ connections }) => connections.delete(other));

    const databases = [first, second, await third()];
    for (const database of databases) {
      await until(
        'both are refused, and the third is not',
        async () => `${await found(database)}` === 'false,false,true',
      );
    }
    expect(await errorCodeOf(insertTokens(first, [tokenRecord(opened.connection)]))).toBe('TEMPORARILY_UNAVAILABLE');

    await free(place);
    const next = tokenRecord(opened.connection);
    await insertTokens(first, [next]);
    expect(await findTokens(second, [next.digest])).toEqual([next]);
    for (const database of databases) expect(await found(database)).toEqual([false, false, true]);
  });
});

test('a full Redis that has lost its log proves nothing: every look-up is refused, until memory is freed', async () => {
  await using opened = await openTwo();
  const { place, first, second, tokens, found } = opened;
  await first.change('default', ({ tokens: written }) => written.revoke(tokens[0] as AccessToken));
  await fill(place);
  await sendRedisCommand(place.servers[0]?.port ?? 0, 'FLUSHALL');
  for (const database of [first, second]) {
    await until('it has noticed', async () => (await errorCodeOf(found(database))) === 'TEMPORARILY_UNAVAILABLE');
  }
  await first.change('default', ({ tokens: written }) => written.revoke(tokens[1] as AccessToken));

  await free(place);
  for (const database of [first, second]) {
    await until('it proves again', async () => (await errorCodeOf(found(database))) === 'no error');
  }
  await insertTokens(first, tokens);
  for (const database of [first, second]) expect(await found(database)).toEqual([false, false, true]);
});

test('no call is admitted that a full Redis could not count, and those before it count exactly after', async () => {
  await using opened = await openTwo();
  const { place, first, second } = opened;
  const count = async (database: typeof first, cost: number) => database.calls.count('calls', QUOTA, cost);
  await count(first, 1);
  await fill(place);
  expect(await errorCodeOf(count(first, 1))).toBe('TEMPORARILY_UNAVAILABLE');
  expect(await errorCodeOf(count(second, 1))).toBe('TEMPORARILY_UNAVAILABLE');
  // To look takes no room.
  expect((await count(second, 0)).minute.remaining).toBe(99);
  await free(place);
  expect((await count(second, 1)).minute.remaining).toBe(98);
});

test('a lease of a token that a full Redis cannot keep is given back, and the next caller has it as soon as there is room', async () => {
  await using opened = await openTwo();
  const { place, first, second } = opened;
  const acquired = await first.sharedTokens.acquire('con_1', undefined, LEASE_MS);
  if (!('leasedFence' in acquired)) throw new Error('no lease');
  const token = sharedTokenRecord(acquired.leasedFence);

  await fill(place);
  expect(await errorCodeOf(first.sharedTokens.keep('con_1', token))).toBe('TEMPORARILY_UNAVAILABLE');
  await first.sharedTokens.release('con_1', token.fence);
  expect(await errorCodeOf(second.sharedTokens.acquire('con_1', undefined, LEASE_MS))).toBe('TEMPORARILY_UNAVAILABLE');

  await free(place);
  expect(await second.sharedTokens.acquire('con_1', undefined, LEASE_MS)).toHaveProperty('leasedFence');
});

test('a gateway whose Redis is full answers every request: who manages is served, calls are 503, and all is well once memory is freed', async () => {
  await using place = await startSingle();
  await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: place.redisUrl });
  const [closed, sharing] = await Promise.all([
    replicas.start(),
    replicas.start({ LATCHKEY_LIMITS_WITHOUT_REDIS: 'share', LATCHKEY_REPLICAS_MAX: '2' }),
  ]);
  const admin = replicas.admin(closed);
  const machine = await createMachine(admin);
  const [revoked, own, live] = [
    await requestToken(closed.url, machine),
    await requestToken(closed.url, machine),
    await requestToken(closed.url, machine),
  ];
  const isActive = async (url: string, token: string) =>
    jsonOf(await introspect(url, machine, { access_token: token })).active;
  expect(await isActive(sharing.url, revoked)).toBe(true);

  await fill(place);
  const { revokeToken } = await admin.run(RevokeTokenDocument, { token: revoked });
  expect(revokeToken).toEqual({ __typename: 'TokenRevoked', revoked: true });
  const byClient = await postForm(`${closed.url}${STANDARD.revoke}`, { token: own }, authorizationOf(machine));
  expect(byClient.status).toBe(200);
  // What counts shares without Redis looks up; what counts exactly or not at all does not.
  for (const token of [revoked, own]) {
    await until('the other gateway refuses it', async () => (await isActive(sharing.url, token)) === false);
  }
  expect(await isActive(sharing.url, live)).toBe(true);
  for (const { url } of [closed, sharing]) {
    expectFailure(await post(`${url}${COMPATIBLE.token}`, authorizationOf(machine)), 503, 'temporarily_unavailable');
  }
  for (const token of [revoked, live]) {
    const answer = await introspect(closed.url, machine, { access_token: token });
    expectFailure(answer, 503, 'temporarily_unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  const another = await createMachine(admin);
  const { errors } = await admin.send(IssueTokenDocument.toString(), { connectionId: another.connectionId });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['SERVICE_UNAVAILABLE']);
  const { disableConnection } = await admin.run(DisableConnectionDocument, { id: another.connectionId });
  expect(disableConnection.__typename).toBe('ConnectionChanged');

  await free(place);
  expect(await isActive(closed.url, await requestToken(closed.url, machine))).toBe(true);
  for (const { url } of [closed, sharing]) {
    const answers = [await isActive(url, revoked), await isActive(url, own), await isActive(url, live)];
    expect(answers).toEqual([false, false, true]);
  }
});
