import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { createMachine, type MachineCredentials, requestToken } from '../support/machine.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { authorizationOf, COMPATIBLE, post, send } from '../support/rest.js';
import { isInstalled, SAMPLE_PROXIES, type SampleProxy, startSampleProxy } from '../support/sample-proxies.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

/** The longest that there is: a replica that is told to stop is asked directly what became of it. */
const DRAIN_MS = 60_000;
const CLIENTS = 6;
/** Both of two that are well serve some of these, even where a proxy draws lots: all to one is 2 of 2^64. */
const CALLS = 64;
/** The quota of `spent` is used up by the first call. */
const ORGANIZATIONS = [
  { id: 'default', issuer: 'LOCAL' },
  { id: 'spent', issuer: 'LOCAL', callsPerMinute: 1 },
];

/** Requests that a replica has answered, but for those that ask after its health. */
async function servedBy(metricsPort: number): Promise<number> {
  const { text } = await send(`http://127.0.0.1:${metricsPort}/metrics`);
  const counts = text.matchAll(/^latchkey_http_request_duration_seconds_count\{route="([^"]+)".*\} (\d+)$/gm);
  return Array.from(counts, ([, route, count]) =>
    route === '/readyz' || route === '/livez' ? 0 : Number(count),
  ).reduce((sum, count) => sum + count, 0);
}

describe.each(SAMPLE_PROXIES.filter(isInstalled))('behind %s as docs/proxies has it', (name) => {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());
  let redis: RedisServer;
  let replicas: Replicas;
  let proxy: SampleProxy;
  let machine: MachineCredentials;
  let organizations: string;
  const ports: [number, number] = [0, 0];
  const metricsPorts: [number, number] = [0, 0];
  const running: GatewayProcess[] = [];

  const start = async (index: 0 | 1, env: Record<string, string> = {}) => {
    running[index] = await replicas.start({
      PORT: String(ports[index]),
      LATCHKEY_METRICS_PORT: String(metricsPorts[index]),
      LATCHKEY_ORGANIZATIONS: organizations,
      LATCHKEY_TRUSTED_PROXIES: '127.0.0.1/32',
      LATCHKEY_DRAIN_MS: String(DRAIN_MS),
      ...env,
    });
  };
  /** A POST that a replica answers by itself: one that is held up refuses what needs its proof of being up to date. */
  const call = () => post(`${proxy.url}/graphql`, { 'content-type': 'application/json' }, '{"query":"{ __typename }"}');
  /** Whether each of the two has answered some of the calls, which are made in a row. */
  const doBothAnswer = async (callOnce: () => Promise<void>): Promise<boolean> => {
    const before = await Promise.all(metricsPorts.map(servedBy));
    for (let calls = 0; calls < CALLS; calls++) await callOnce();
    const after = await Promise.all(metricsPorts.map(servedBy));
    return after.every((served, index) => served > (before[index] ?? 0));
  };
  const callWell = async () => expect((await call()).status).toBe(200);
  const untilBothServe = () => until('both served', () => doBothAnswer(callWell));

  beforeAll(async () => {
    redis = stack.use(await startRedis());
    replicas = stack.use(new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url }));
    organizations = join(stack.use(await createTemporaryDirectory()).path, 'organizations.json');
    await writeFile(organizations, JSON.stringify(ORGANIZATIONS));
    for (const index of [0, 1] as const) {
      ports[index] = await freePort();
      metricsPorts[index] = await freePort();
    }
    await Promise.all([start(0), start(1)]);
    proxy = stack.use(await startSampleProxy(name, ports));
    machine = await createMachine(replicas.admin(proxy));
    await untilBothServe();
  });

  /**
   * Clients that go on calling until they are told to stop; what was not answered with 200, in words. Who has failed calls
   * again when `patience` is over.
   */
  function startLoad(patience: Promise<unknown> = Promise.resolve()) {
    const failures: string[] = [];
    let isOver = false;
    let answered = 0;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) {
        const outcome = await call().then(
          ({ status, text }) => (status === 200 ? 'served' : `${status} ${text}`),
          (error: Error) => `${error.message}: ${error.cause}`,
        );
        if (outcome === 'served') answered++;
        else {
          failures.push(outcome);
          await patience;
        }
      }
    });
    return {
      untilAnswered: async (more: number) => {
        const enough = answered + more;
        await until(`${more} more were answered`, () => answered >= enough);
      },
      untilNoneFails: () =>
        until('100 in a row were answered', async () => {
          const before = failures.length;
          const enough = answered + 100;
          await until('100 more were answered', () => answered >= enough);
          return failures.length === before;
        }),
      stop: async () => {
        isOver = true;
        await Promise.all(clients);
        return failures;
      },
    };
  }

  test('a used up limit leaves both replicas in the rotation', async () => {
    const spent = await createMachine(replicas.admin(proxy, 'spent'));
    await requestToken(proxy.url, spent);
    const areBothAsked = await doBothAnswer(async () => {
      const answer = await post(`${proxy.url}${COMPATIBLE.token}`, authorizationOf(spent));
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    });
    expect(areBothAsked).toBe(true);
    expect(await doBothAnswer(callWell)).toBe(true);
  });

  test('so does a store that refuses: each 503 is the gateway’s, and all is well once the store is', async () => {
    redis.kill('SIGKILL');
    await redis.ended;
    const mint = () => post(`${proxy.url}${COMPATIBLE.token}`, authorizationOf(machine));
    await until('the replicas refused', async () => (await mint()).status === 503);
    const areBothAsked = await doBothAnswer(async () => {
      const answer = await mint();
      expect([answer.status, JSON.parse(answer.text).error]).toEqual([503, 'temporarily_unavailable']);
      expect(answer.headers.get('retry-after')).toBe('1');
    });
    expect(areBothAsked).toBe(true);

    await redis.restart();
    await until('tokens are issued again', async () => (await mint()).status === 200);
  });

  test.runIf(name !== 'nginx')(
    'a replica that drains is asked nothing more, and no request fails; then it may be killed',
    async () => {
      const load = startLoad();
      await load.untilAnswered(50);
      running[1]?.kill('SIGTERM');
      const isLeftAlone = async () => {
        const before = await servedBy(metricsPorts[1]);
        await load.untilAnswered(50);
        return (await servedBy(metricsPorts[1])) === before;
      };
      await until('it was asked nothing more', isLeftAlone);
      // It would serve, and says that it wants no more.
      const direct = `http://127.0.0.1:${ports[1]}`;
      expect([(await send(`${direct}/readyz`)).status, (await send(`${direct}/livez`)).status]).toEqual([503, 200]);
      running[1]?.kill('SIGKILL');
      await running[1]?.ended;
      await load.untilAnswered(50);
      expect(await load.stop()).toEqual([]);

      await start(1);
      await untilBothServe();
    },
  );

  test.runIf(name === 'nginx')(
    'a replica that is told to stop serves until it refuses, which costs each caller one call at most',
    async () => {
      running[1]?.kill('SIGKILL');
      await running[1]?.ended;
      await start(1, { LATCHKEY_DRAIN_MS: '500' });
      await untilBothServe();
      const load = startLoad();
      await load.untilAnswered(50);
      running[1]?.kill('SIGTERM');
      expect(await running[1]?.ended).toMatchObject({ code: 0 });
      await load.untilAnswered(100);
      const failures = await load.stop();
      expect(failures.length).toBeLessThanOrEqual(CLIENTS);

      await start(1);
      await untilBothServe();
    },
  );

  // The kernel closes the sockets of a process that is killed one after the other, and takes bytes on the others meanwhile.
  test('a replica that is killed costs the calls that were on it, and none that comes when it is gone', async () => {
    const load = startLoad(running[0]?.ended);
    await load.untilAnswered(50);
    running[0]?.kill('SIGKILL');
    await running[0]?.ended;
    if (name === 'caddy') await load.untilNoneFails();
    await load.untilAnswered(100);
    const failures = await load.stop();
    // Caddy 2.6 sends no body a second time: until its next check, calls that the replica refuses are lost too.
    if (name !== 'caddy') expect(failures.length).toBeLessThanOrEqual(CLIENTS);
    await start(0);
    await untilBothServe();
  });

  test('/metrics, which each replica has on a port of its own, is not there', async () => {
    for (const path of ['/metrics', '//metrics', '/./metrics']) {
      const answer = await send(`${proxy.url}${path}`);
      expect([path, answer.status]).toEqual([path, expect.toBeOneOf([400, 404])]);
      expect(answer.text).not.toContain('latchkey_');
    }
  });
});
