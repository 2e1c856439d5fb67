import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { IntrospectTokenDocument } from '../generated/graphql.js';
import { freePort } from '../support/free-port.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { startHaproxy } from '../support/haproxy.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportTrial } from '../support/trial-report.js';
import { until } from '../support/until.js';

/** Longer than HAProxy takes to notice that a replica is unready: it asks every 100 ms here. */
const DRAIN_MS = 500;
const CLIENTS = 8;

test('a rolling restart of two replicas behind a proxy that hides nothing fails no request', {
  timeout: 60_000,
}, async ({ annotate }) => {
  // Nobody else's commands hold up a Redis of one's own.
  await using redis = await startRedis();
  await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url });
  const ports = [await freePort(), await freePort()] as const;
  const start = (port: number) => replicas.start({ PORT: String(port), LATCHKEY_DRAIN_MS: String(DRAIN_MS) });
  const running: GatewayProcess[] = await Promise.all(ports.map(start));
  await using proxy = await startHaproxy(ports);
  // Each of an organisation of its own: none uses up its calls.
  const admins = replicas.admins(proxy).slice(0, CLIENTS);
  const served = { token: 0, introspection: 0, graphql: 0 };
  const failed: string[] = [];
  let isOver = false;
  const clients = admins.map(async (admin) => {
    const machine = await createMachine(admin);
    while (!isOver) {
      try {
        const token = await requestToken(proxy.url, machine);
        served.token++;
        if (!(await isActive(proxy.url, machine, token))) throw new Error('the token is not active');
        served.introspection++;
        const { introspectToken } = await admin.run(IntrospectTokenDocument, { token });
        if (!introspectToken.active) throw new Error('the token is not active over GraphQL');
        served.graphql++;
      } catch (error) {
        failed.push(`${error} ${(error as Error).cause ?? ''}`);
      }
    }
  });

  for (const [index, port] of ports.entries()) {
    await delay(300);
    const old = running[index] as GatewayProcess;
    old.kill('SIGTERM');
    expect(await old.ended).toMatchObject({ code: 0, signal: null });
    running[index] = await start(port);
    await until('the proxy counts on both again', async () => (await proxy.backendsUp()) === 2);
  }
  isOver = true;
  await Promise.all(clients);

  const answered = Object.values(served).reduce((sum, count) => sum + count, 0);
  await reportTrial(annotate, {
    bound: `none failed, with LATCHKEY_DRAIN_MS=${DRAIN_MS}`,
    worst: `${failed.length} failed`,
    trials: `${answered} requests while both were replaced`,
  });
  expect(failed).toEqual([]);
  for (const count of Object.values(served)) expect(count).toBeGreaterThan(CLIENTS);
});
