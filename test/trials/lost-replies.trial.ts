import { describe, expect, test } from 'vitest';
import { generateSecret } from '../../src/lib/secrets.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { authorizationOf, COMPATIBLE, introspect, post } from '../support/rest.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportTrial } from '../support/trial-report.js';
import { until } from '../support/until.js';

const REQUESTS = 50;

/** Servers that are reached through proxies, by whoever is given the URL. */
interface Place extends AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly proxies: readonly FaultProxy[];
  readonly redisUrl: string;
}

async function startSingle(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const proxy = stack.use(await startFaultProxy(redis.port));
  const disposal = stack.move();
  return {
    servers: [redis],
    proxies: [proxy],
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

/** Its nodes tell clients to come to the proxies. */
async function startClusterBehindProxies(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const { servers } = stack.use(await startCluster({ primaries: 3 }));
  const proxies: FaultProxy[] = [];
  for (const { port } of servers) {
    const proxy = stack.use(await startFaultProxy(port));
    proxies.push(proxy);
    await sendRedisCommand(port, 'CONFIG', 'SET', 'cluster-announce-port', String(proxy.port));
  }
  await until('every node tells of the proxies alone', async () => {
    const views = await Promise.all(servers.map(({ port }) => sendRedisCommand(port, 'CLUSTER', 'SLOTS')));
    return views.every((view) => proxies.every(({ port }) => view.includes(`:${port}\r\n`)));
  });
  const disposal = stack.move();
  return {
    servers,
    proxies,
    redisUrl: `redis+cluster://${proxies.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

/** How often Redis has kept a token since it was last reset: doing it twice leaves no other trace. */
async function keptBy(servers: readonly RedisServer[]): Promise<number> {
  const all = await Promise.all(servers.map(({ port }) => sendRedisCommand(port, 'INFO', 'commandstats')));
  return all.reduce((sum, stats) => sum + Number(/^cmdstat_set:calls=(\d+)/m.exec(stats)?.[1] ?? 0), 0);
}

/** Whether tokens that nobody has, which any of the servers may be asked for, are looked up; nothing is kept by that. */
async function reachesAll(url: string, machine: MachineCredentials): Promise<boolean> {
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, () =>
      introspect(url, machine, { access_token: generateSecret('accessToken').reveal() }),
    ),
  );
  return answers.every(({ status }) => status === 200);
}

describe.for([
  ['one Redis', startSingle],
  ['a Cluster', startClusterBehindProxies],
] as const)(
  'what %s did though its answer was lost is not done again, and whoever asked is told to come back',
  ([, start]) => {
    test.for<readonly [when: string, then: (place: Place) => Promise<unknown>]>([
      ['where nothing comes any more', async () => undefined],
      [
        'where the connection ends at once',
        async ({ servers, proxies }) => {
          await until('all was done', async () => (await keptBy(servers)) >= REQUESTS);
          for (const proxy of proxies) proxy.reset();
        },
      ],
    ])('%s', async ([, then], { annotate }) => {
      await using place = await start();
      const { servers, proxies, redisUrl } = place;
      await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl }, { deadlineMs: HASTY_MS });
      // Counted, a call whose count was not answered would never come to be one for a token.
      const replica = await replicas.start({ LATCHKEY_LIMITS: 'off' });
      const machine = await createMachine(replicas.admin(replica));
      await requestToken(replica.url, machine);
      for (const { port } of servers) await sendRedisCommand(port, 'CONFIG', 'RESETSTAT');

      for (const proxy of proxies) proxy.dropReplies();
      const asking = Promise.all(
        Array.from({ length: REQUESTS }, () => post(`${replica.url}${COMPATIBLE.token}`, authorizationOf(machine))),
      );
      await then(place);
      const answers = await asking;
      expect(answers.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(503));
      const keptWhileLost = await keptBy(servers);
      for (const proxy of proxies) proxy.pass();
      await until('the replica reaches Redis again', () => reachesAll(replica.url, machine));
      await requestToken(replica.url, machine);

      const keptAgain = (await keptBy(servers)) - keptWhileLost - 1;
      await reportTrial(annotate, {
        bound: 'none is done again',
        worst: `${keptAgain}`,
        trials: `${REQUESTS} requests, of which Redis did ${keptWhileLost}`,
      });
      expect(keptWhileLost).toBeGreaterThan(0);
      expect(keptWhileLost).toBeLessThanOrEqual(REQUESTS);
      expect(keptAgain).toBe(0);
    });
  },
);
