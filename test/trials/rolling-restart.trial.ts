import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { startHaproxy } from '../support/haproxy.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { RollingLoad } from '../support/rolling-load.js';
import { type Ports, startSampleProxy } from '../support/sample-proxies.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';
import { until } from '../support/until.js';

const CLIENTS = 8;
const NGINX_ROUNDS = Math.ceil(10 * TRIALS_SHARE);

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Resolves when it sends requests to both replicas, as far as it can be asked. */
  readonly untilBothAreUsed?: () => Promise<void>;
}

async function startCheckingHaproxy(ports: Ports): Promise<Proxy> {
  const proxy = await startHaproxy(ports);
  return {
    url: proxy.url,
    untilBothAreUsed: () => until('the proxy counts on both again', async () => (await proxy.backendsUp()) === 2),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

interface Rolling {
  readonly startProxy: (ports: Ports) => Promise<Proxy>;
  readonly drainMs: number;
  readonly rounds: number;
  /** At each replacement. */
  readonly failedMax: number;
}

/** The drain is longer than HAProxy takes to notice that a replica is unready: it asks every 100 ms here. */
const HAPROXY: Rolling = { startProxy: startCheckingHaproxy, drainMs: 500, rounds: 1, failedMax: 0 };
/**
 * The drain, the default one, is longer than nginx leaves the other replica alone after that could not be reached: by the
 * sample's fail_timeout of 1 s, which it counts in whole seconds. Who calls one thing after the other loses one at most.
 */
const NGINX: Rolling = {
  startProxy: (ports) => startSampleProxy('nginx', ports),
  drainMs: 3_000,
  rounds: NGINX_ROUNDS,
  failedMax: CLIENTS,
};

test.for<readonly [what: string, rolling: Rolling]>([
  ['a proxy that hides nothing fails no request', HAPROXY],
  ['nginx as docs/proxies has it costs each caller one request for each replica at most', NGINX],
])(
  'a rolling restart of two replicas behind %s',
  { timeout: 60_000 * (1 + NGINX_ROUNDS) },
  async ([, { startProxy, drainMs, rounds, failedMax }], { annotate }) => {
    // Nobody else's commands hold up a Redis of one's own.
    await using redis = await startRedis();
    await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url });
    const ports = [await freePort(), await freePort()] as const;
    const start = (port: number) => replicas.start({ PORT: String(port), LATCHKEY_DRAIN_MS: String(drainMs) });
    const running: GatewayProcess[] = await Promise.all(ports.map(start));
    await using proxy = await startProxy(ports);
    const load = new RollingLoad(proxy.url, replicas.admins(proxy), CLIENTS);
    const failedInEach: number[] = [];

    for (let round = 0; round < rounds; round++) {
      for (const [index, port] of ports.entries()) {
        await load.untilAnswered(500);
        const failedBefore = load.failed.length;
        const old = running[index] as GatewayProcess;
        old.kill('SIGTERM');
        expect(await old.ended).toMatchObject({ code: 0, signal: null });
        running[index] = await start(port);
        await proxy.untilBothAreUsed?.();
        failedInEach.push(load.failed.length - failedBefore);
      }
    }
    await load.stop();

    const worst = Math.max(...failedInEach);
    await reportTrial(
      annotate,
      {
        bound: `${failedMax === 0 ? 'none' : `at most ${failedMax}`} failed at each replacement, ${CLIENTS} callers, with LATCHKEY_DRAIN_MS=${drainMs}`,
        worst: `${worst} failed, ${load.failed.length} in all`,
        trials: `${load.answered} requests while a replica was replaced ${failedInEach.length} times`,
      },
      `failed at each replacement: ${failedInEach}; ${[...new Set(load.failed)].slice(0, 10).join('; ')}`,
    );
    expect(worst, load.failed.join('\n')).toBeLessThanOrEqual(failedMax);
    for (const count of Object.values(load.served)) expect(count).toBeGreaterThan(CLIENTS);
  },
);
