import { describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { ConnectionsDocument } from '../generated/graphql.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { runCommand, spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startSentinels } from '../support/redis-sentinels.js';
import { startRedis } from '../support/redis-server.js';
import { refusalOf } from '../support/refused-start.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace, PATIENT_MS } from '../support/replicated-database.js';
import { runPostgres } from '../support/run-postgres.js';
import { newDatabaseUrl } from '../support/shared-servers.js';

async function newReplicas(): Promise<Replicas> {
  return new Replicas(await newReplicatedPlace());
}

describe.concurrent('a replica is refused its start, in a sentence that says what to do,', () => {
  test('by a Redis that drops keys when its memory is full', async () => {
    await using redis = await startRedis({ config: ['--maxmemory-policy', 'allkeys-lru'] });
    const replicas = await newReplicas();
    expect(await refusalOf({ env: replicas.environment({ REDIS_URL: redis.url }) })).toBe(
      'The Redis of REDIS_URL drops keys when its memory is full (maxmemory-policy allkeys-lru). Set maxmemory-policy to noeviction.',
    );
  });

  test('by a Redis that cannot be reached', async () => {
    const replicas = await newReplicas();
    const env = replicas.environment({ REDIS_URL: `redis://:secret@127.0.0.1:${await freePort()}` });
    expect(await refusalOf({ env })).toBe(
      'The Redis of REDIS_URL cannot be used (ECONNREFUSED). Start it, or mend the URL: redis://[user:password@]host:6379.',
    );
  });

  test.each([
    [
      'sentinel',
      (host: string) => `redis+sentinel://${host}/latchkey`,
      /^failed to connect to sentinel \S+ because .+/,
    ],
    ['cluster', (host: string) => `redis+cluster://${host}`, /^Failed to refresh slots cache\.$/],
  ])('by a %s none of which can be reached, or none answers', async (_, urlOf, why) => {
    const replicas = await newReplicas();
    await using proxy = await startFaultProxy(await freePort());
    proxy.blackhole();
    const refusals = [await freePort(), proxy.port].map((port) =>
      refusalOf({ env: replicas.environment({ REDIS_URL: urlOf(`127.0.0.1:${port}`) }) }),
    );
    for (const refusal of await Promise.all(refusals)) {
      const [, said = refusal] =
        /^The Redis of REDIS_URL cannot be used \((.*)\)\. Start it, or mend the URL: redis:\S+$/.exec(refusal) ?? [];
      expect(said).toMatch(why);
    }
  });

  test('by a node of a cluster that is not whole', async () => {
    await using node = await startRedis({ config: ['--cluster-enabled', 'yes'] });
    const replicas = await newReplicas();
    const env = replicas.environment({ REDIS_URL: `redis+cluster://127.0.0.1:${node.port}` });
    expect(await refusalOf({ env })).toMatch(/^The Redis of REDIS_URL cannot be used \(no answer within 5000 ms\)\./);
  });

  test('by sentinels that know no primary of that name', async () => {
    await using master = await startRedis();
    await using sentinels = await startSentinels(master, { count: 1, downAfterMs: 1_000, name: 'latchkey' });
    const replicas = await newReplicas();
    const env = replicas.environment({ REDIS_URL: `redis+sentinel://127.0.0.1:${sentinels.ports[0]}/another` });
    expect(await refusalOf({ env })).toMatch(
      /^The Redis of REDIS_URL cannot be used \(failed to connect to sentinel .*No such master with that name\)\./,
    );
  });

  test('by a Redis that does not let it in', async () => {
    await using redis = await startRedis({ config: ['--requirepass', 'secret'] });
    const replicas = await newReplicas();
    for (const login of ['', ':wrong@']) {
      const url = redis.url.replace('redis://', `redis://${login}`);
      expect(await refusalOf({ env: replicas.environment({ REDIS_URL: url }) })).toMatch(
        /^The Redis of REDIS_URL cannot be used \((NOAUTH|WRONGPASS).*\)\. Start it, or mend the URL/,
      );
    }
  });

  test('without a key ring, and with REDIS_URL alone', async () => {
    const replicas = await newReplicas();
    expect(await refusalOf({ env: replicas.environment({ LATCHKEY_KEYS: '' }) })).toMatch(
      /^With DATABASE_URL the key ring is not in the data directory: set LATCHKEY_KEYS or LATCHKEY_KEYS_FILE/,
    );
    expect(await refusalOf({ env: replicas.environment({ DATABASE_URL: '' }) })).toBe(
      'REDIS_URL needs DATABASE_URL beside it, where everything is that must outlast Redis. Set both, or leave both out.',
    );
  });

  test('by a database that a newer version has migrated, which is left as it is', async () => {
    const replicas = await newReplicas();
    const { databaseUrl } = replicas.place;
    expect(await runCommand(['migrate'], { env: replicas.environment() })).toMatchObject({ code: 0 });
    await runPostgres(
      databaseUrl,
      "insert into kysely_migration values ('9999_from_tomorrow', '2100-01-01T00:00:00Z')",
    );

    expect(await refusalOf({ env: replicas.environment() })).toMatch(
      /^The stored state was migrated by a newer version of Latchkey \(9999_from_tomorrow\)\. Start that version/,
    );

    const names = await runPostgres(databaseUrl, 'select name from kysely_migration order by name');
    expect(names.split('\n')).toEqual([
      '0001_initial',
      '0002_replicas',
      '0003_call_logs',
      '0004_upstream_credentials',
      '0005_name_keys',
      '0006_sessions',
      '9999_from_tomorrow',
    ]);
  });

  test('with another key ring than the state was written with', async () => {
    await using replicas = await newReplicas();
    const replica = await replicas.start();
    await createMachine(replicas.admin(replica));
    expect(await refusalOf({ env: replicas.environment({ LATCHKEY_KEYS: KeyRing.generate() }) })).toMatch(
      /^The key ring has none of the keys that secrets are kept under: \w+\./,
    );
  });
});

test.concurrent('five replicas that start at once on an empty database migrate it once and all serve', async () => {
  await using replicas = await newReplicas();
  const started = await Promise.all(Array.from({ length: 5 }, () => replicas.start()));
  await createMachine(replicas.admin(started[0] as (typeof started)[0]), 'OAUTH', 'seen by all');
  for (const replica of started) {
    const { connections } = await replicas.admin(replica).run(ConnectionsDocument);
    expect(connections.map(({ name }) => name)).toEqual(['seen by all']);
  }
});

test.concurrent('`latchkey migrate` migrates the database of DATABASE_URL, also while replicas serve', async () => {
  await using replicas = await newReplicas();
  const env = replicas.environment();
  expect(await runCommand(['migrate'], { env })).toMatchObject({
    code: 0,
    stdout:
      'Applied 0001_initial, 0002_replicas, 0003_call_logs, 0004_upstream_credentials, 0005_name_keys, 0006_sessions.\n',
  });
  await replicas.start();
  expect(await runCommand(['migrate'], { env })).toMatchObject({ code: 0, stdout: 'The schema is up to date.\n' });
});

test.concurrent('a replica whose user of Redis may not subscribe serves all the same', async () => {
  await using redis = await startRedis();
  await sendRedisCommand(redis.port, 'ACL', 'SETUSER', 'deaf', 'on', '>word', '~lk:*', '&*', '+@all', '-subscribe');
  await using replicas = await newReplicas();
  const replica = await replicas.start({ REDIS_URL: redis.url.replace('redis://', 'redis://deaf:word@') });
  expect(await (await fetch(`${replica.url}/readyz`)).json()).toEqual({
    status: 'ready',
    gateways: 'many',
    limits: 'exact',
  });
});

test.concurrent('with DATABASE_URL alone one gateway keeps everything there, over a SIGKILL, and says that it is the only one', async () => {
  const databaseUrl = await newDatabaseUrl();
  const keys = KeyRing.generate();
  const env = { DATABASE_URL: databaseUrl, LATCHKEY_KEYS: keys, LATCHKEY_STORE_DEADLINE_MS: String(PATIENT_MS) };
  const admin = new AdminTokens(KeyRing.parse(keys), systemClock).issue({
    ...{ subject: 'tester', role: 'SUPER_ADMIN', organizationId: 'default', lifetimeMs: 3_600_000 },
  });
  const asAdmin = { authorization: `Bearer ${admin.reveal()}` };
  await using first = await spawnGateway({ env });
  const machine = await createMachine(createGraphqlClient(first.url, asAdmin));
  const token = await requestToken(first.url, machine);
  expect(await isActive(first.url, machine, token)).toBe(true);
  const answer = await fetch(`${first.url}/readyz`);
  expect(await answer.json()).toMatchObject({ status: 'ready', gateways: 'one' });
  first.kill('SIGKILL');
  expect(await first.ended).toMatchObject({
    stderr: expect.stringContaining('one gateway may use this database: set REDIS_URL before you start another'),
  });

  await using second = await spawnGateway({ env });
  expect(await isActive(second.url, machine, token)).toBe(true);
});
