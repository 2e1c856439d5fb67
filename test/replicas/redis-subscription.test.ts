import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { subscribe } from '../../src/stores/redis/client.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { until } from '../support/until.js';

/** Connections that end as soon as the server has said that it is ready, before anything else is sent. */
const ENDED_EARLY = 20;

/** A proxy to Redis: the first connection is cut when it is told to, the next ones end early, the last one stays. */
async function startEndingProxy(targetPort: number) {
  let accepted = 0;
  let cut = () => {};
  const server = createServer((client) => {
    const number = ++accepted;
    const upstream = connect(targetPort, '127.0.0.1');
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      client.write(bytes);
      const isReady = bytes.includes('redis_version');
      if (isReady && number > 1 && number <= 1 + ENDED_EARLY) client.resetAndDestroy();
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
    if (number === 1) cut = () => client.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    acceptedCount: () => accepted,
    cut: () => cut(),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test('a connection that ends as soon as it is ready ends nothing else, and what is published later is heard', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  await using redis = await startRedis();
  await using proxy = await startEndingProxy(redis.port);
  let heard = 0;
  const address = parseRedisUrl(`redis://127.0.0.1:${proxy.port}`);
  const listening = { logger: createLogger('error'), deadlineMs: HASTY_MS };
  const { stop } = subscribe(address, 'news', () => heard++, listening);
  const publish = async () => {
    await sendRedisCommand(redis.port, 'PUBLISH', 'news', 'x');
    return heard > 0;
  };
  await until('it hears', publish);

  proxy.cut();
  await until('the connections that end early are through', async () => proxy.acceptedCount() > 1 + ENDED_EARLY);
  heard = 0;
  await until('it hears again', publish);

  stop();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
