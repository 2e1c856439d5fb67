import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/domain/connections/connection.js';
import { userOf } from '../../src/domain/principal.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import type { Secret } from '../../src/lib/secrets.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { openReplica } from '../support/replicated-database.js';
import { findSecrets } from '../support/secret-forms.js';
import {
  accepted,
  buildTestServices,
  createConnection,
  ORGANIZATIONS,
  type Services,
  SUPER_ADMIN,
} from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { TestClock } from '../support/test-clock.js';

/** Two replicas' services on a Redis of their own, so that nothing else is in it or asks it. */
async function openTwo() {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const place = { databaseUrl: await newDatabaseUrl(), redisUrl: redis.url };
  const keyRing = KeyRing.parse(KeyRing.generate());
  const clock = new TestClock();
  const open = async () => {
    const { database } = stack.use(await openReplica(place, { keyRing, clock }));
    return buildTestServices({ database, keyRing, clock });
  };
  const [first, second] = [await open(), await open()];
  await first.database.organizations.save(ORGANIZATIONS);
  const disposal = stack.move();
  const command = (...words: string[]) => sendRedisCommand(redis.port, ...words);
  return { first, second, command, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

async function bearerOf({ sharedTokens }: Services, { id }: Client): Promise<Secret> {
  return accepted(await sharedTokens.issue(SUPER_ADMIN, id)).accessToken;
}

describe('looking up tokens', () => {
  async function readsDuring(
    opened: Awaited<ReturnType<typeof openTwo>>,
    work: () => Promise<unknown>,
  ): Promise<number> {
    await opened.command('CONFIG', 'RESETSTAT');
    await work();
    const [, calls = '0'] = /^cmdstat_mget:calls=(\d+)/m.exec(await opened.command('INFO', 'commandstats')) ?? [];
    return Number(calls);
  }

  test('costs one round trip where they are not in memory, however many of one tick, and none where they are', async () => {
    await using opened = await openTwo();
    const { first, second } = opened;
    const { connection } = await createConnection(first);
    const issued = await Promise.all(Array.from({ length: 100 }, () => first.tokens.issue(connection)));
    const introspect = (accessToken: Secret) =>
      second.machines.introspect(userOf('ADMIN', 'tester', 'default'), accessToken.reveal(), 'counted');
    const [one, ...others] = issued.map(({ accessToken }) => accessToken) as [Secret, ...Secret[]];
    const all = [one, ...others];

    expect(await readsDuring(opened, () => introspect(one))).toBe(1);
    expect(await readsDuring(opened, () => introspect(one))).toBe(0);
    expect(await readsDuring(opened, () => Promise.all(all.map(introspect)))).toBe(1);
    expect(await readsDuring(opened, () => Promise.all(all.map(introspect)))).toBe(0);
    expect(await Promise.all(all.map(introspect))).toEqual(all.map(() => expect.objectContaining({ active: true })));
  });
});

test('no key and no value of Redis holds a token, a bearer or a secret, in any form', async () => {
  await using opened = await openTwo();
  const { first, second, command } = opened;
  const { connection, secret } = await createConnection(first);
  const { accessToken } = await first.tokens.issue(connection);
  const bearer = await bearerOf(first, connection);
  await first.tokens.revoke(SUPER_ADMIN, accessToken);
  await second.machines.introspect(userOf('ADMIN', 'tester', 'default'), bearer.reveal(), 'counted');
  await second.usage.flush();
  const secrets = { secret: secret.reveal(), token: accessToken.reveal(), bearer: bearer.reveal() };

  const keys = (await command('KEYS', '*')).split('\r\n').filter((line) => !/^[*$]\d/.test(line));
  const kinds = keys.map((key) => key.replace(/[\w-]{20,}/, '…')).sort();
  expect(kinds).toEqual([
    'lk:brr:{…}:fence',
    'lk:brr:{…}:value',
    'lk:ids:…',
    'lk:tok:…',
    'lk:tok:…',
    'lk:use:…',
    'lk:{rev}:epoch',
    'lk:{rev}:log',
  ]);
  const values = await Promise.all(keys.map((key) => command('EVAL', "return redis.call('DUMP', KEYS[1])", '1', key)));
  const readable = await Promise.all([
    ...keys.filter((key) => key.includes(':tok:')).map((key) => command('GET', key)),
    ...keys.filter((key) => /:(ids|use):/.test(key)).map((key) => command('ZRANGE', key, '0', '-1')),
    ...keys.filter((key) => key.endsWith(':value')).map((key) => command('HGETALL', key)),
    command('XRANGE', 'lk:{rev}:log', '-', '+'),
  ]);
  expect(readable.join('').length).toBeGreaterThan(500);
  expect([...keys, ...values, ...readable].flatMap((text) => findSecrets(secrets, text))).toEqual([]);
});

test('every key but the log’s ends by itself', async () => {
  await using opened = await openTwo();
  const { first, command } = opened;
  const { connection } = await createConnection(first);
  const { accessToken } = await first.tokens.issue(connection);
  await bearerOf(first, connection);
  await first.machines.introspect(userOf('ADMIN', 'tester', 'default'), accessToken.reveal(), 'counted');
  await first.usage.flush();

  const keys = (await command('KEYS', '*')).split('\r\n').filter((line) => line.startsWith('lk:'));
  expect(keys.length).toBeGreaterThan(5);
  for (const key of keys.filter((name) => !name.startsWith('lk:{rev}:'))) {
    const leftMs = Number((await command('PTTL', key)).slice(1));
    expect(leftMs, key).toBeGreaterThan(80_000_000);
    expect(leftMs, key).toBeLessThanOrEqual(2 * 86_400_000);
  }
});

test('the list of a connection’s tokens ends by itself, also where Redis lost it and it was begun anew', async () => {
  await using opened = await openTwo();
  const { first, command } = opened;
  const { connection } = await createConnection(first);
  for (const isLost of [false, true]) {
    if (isLost) await command('FLUSHALL');
    await first.tokens.issue(connection);
    expect(Number((await command('PTTL', `lk:ids:${connection.id}`)).slice(1))).toBeGreaterThan(80_000_000);
  }
});

describe('a bearer in Redis that is not as it was kept counts as none, and another is minted', () => {
  type Opened = Awaited<ReturnType<typeof openTwo>>;
  type Keys = Record<'one' | 'other', string>;

  const field = async ({ command }: Opened, key: string, name: string) =>
    (await command('HGET', key, name)).split('\r\n')[1] ?? '';
  const set = ({ command }: Opened, key: string, name: string, value: string) => command('HSET', key, name, value);

  test.each<[string, (opened: Opened, keys: Keys) => Promise<unknown>]>([
    [
      'moved from another connection',
      async (opened, { one, other }) => {
        for (const name of ['value', 'fence', 'expiresAt'])
          await set(opened, one, name, await field(opened, other, name));
      },
    ],
    ['given a later expiry', (opened, { one }) => set(opened, one, 'expiresAt', '9999999999999')],
    ['given another fence', (opened, { one }) => set(opened, one, 'fence', '7')],
    [
      'said to be of another key',
      async (opened, { one }) =>
        set(opened, one, 'value', `other.${(await field(opened, one, 'value')).split('.')[1]}`),
    ],
    [
      'changed in its text',
      async (opened, { one }) =>
        set(
          opened,
          one,
          'value',
          (await field(opened, one, 'value')).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
        ),
    ],
    ['emptied', (opened, { one }) => set(opened, one, 'value', '')],
  ])('%s', async (_, tamper) => {
    await using opened = await openTwo();
    const { first, second } = opened;
    const [one, other] = [await createConnection(first), await createConnection(first)];
    const bearer = await bearerOf(first, one.connection);
    await bearerOf(first, other.connection);
    const keyOf = ({ connection }: typeof one) => `lk:brr:{${connection.id}}:value`;

    await tamper(opened, { one: keyOf(one), other: keyOf(other) });

    const next = await bearerOf(second, one.connection);
    expect(next.reveal()).not.toBe(bearer.reveal());
    expect(await second.lookup.findLive(next)).toMatchObject({ connectionId: one.connection.id });
    expect((await bearerOf(second, one.connection)).reveal()).toBe(next.reveal());
  });

  test('but not one that is as it was: the other replica is given the same', async () => {
    await using opened = await openTwo();
    const { connection } = await createConnection(opened.first);
    const bearer = await bearerOf(opened.first, connection);
    expect((await bearerOf(opened.second, connection)).reveal()).toBe(bearer.reveal());
  });
});
