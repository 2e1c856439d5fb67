import { expect, test } from 'vitest';
import { createMachine } from '../support/machine.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { authorizationOf, COMPATIBLE, post, send } from '../support/rest.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { until } from '../support/until.js';

test('a replica says how it counts while Redis is gone; calls are refused, who manages is served, and it counts exactly again after', async () => {
  await using redis = await startRedis();
  await using replicas = new Replicas({ databaseUrl: await newDatabaseUrl(), redisUrl: redis.url });
  const limited = { LATCHKEY_CALLS_PER_MINUTE: '100' };
  const [closed, sharing] = await Promise.all([
    replicas.start(limited),
    replicas.start({ ...limited, LATCHKEY_LIMITS_WITHOUT_REDIS: 'share', LATCHKEY_REPLICAS_MAX: '2' }),
  ]);
  const machine = await createMachine(replicas.admin(closed));
  const modeOf = async ({ url }: { url: string }) => JSON.parse((await send(`${url}/readyz`)).text).limits as string;
  const call = () => post(`${closed.url}${COMPATIBLE.token}`, authorizationOf(machine));
  expect(await Promise.all([closed, sharing].map(modeOf))).toEqual(['exact', 'exact']);
  expect((await call()).headers.get('ratelimit')).toMatch(/^"minute";r=99;/);

  redis.kill('SIGKILL');
  await redis.ended;
  await until(
    'both had noticed',
    async () => (await modeOf(closed)) !== 'exact' && (await modeOf(sharing)) !== 'exact',
  );
  expect(await Promise.all([closed, sharing].map(modeOf))).toEqual(['closed', 'share']);
  // Who manages is served, and who proves nothing is told so: neither needs Redis.
  await createMachine(replicas.admin(closed));
  expect(
    (await post(`${closed.url}${COMPATIBLE.token}`, authorizationOf({ ...machine, secret: 'wrong' }))).status,
  ).toBe(401);
  const refused = await call();
  expect([refused.status, refused.headers.get('retry-after'), JSON.parse(refused.text).error]).toEqual([
    503,
    '1',
    'temporarily_unavailable',
  ]);

  await redis.restart();
  await until(
    'both counted again',
    async () => (await modeOf(closed)) === 'exact' && (await modeOf(sharing)) === 'exact',
  );
  // Redis came back empty: what this replica has seen counts on.
  expect((await call()).headers.get('ratelimit')).toMatch(/^"minute";r=9[78];/);
});
