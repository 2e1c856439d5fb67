import { test } from 'vitest';
import { createMachine, requestToken } from '../support/machine.js';
import { startPostgres } from '../support/postgres-server.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { authorizationOf, COMPATIBLE, expectAlive, expectFailure, post, send } from '../support/rest.js';
import { until } from '../support/until.js';

test('without PostgreSQL and Redis a replica is unready and serves nothing, and all goes on when both are back', async () => {
  await using postgres = await startPostgres();
  await using redis = await startRedis();
  const place = { databaseUrl: await postgres.createDatabase(), redisUrl: redis.url };
  await using replicas = new Replicas(place, { deadlineMs: HASTY_MS });
  const replica = await replicas.start();
  const machine = await createMachine(replicas.admin(replica));
  await requestToken(replica.url, machine);
  const ask = () => post(`${replica.url}${COMPATIBLE.token}`, authorizationOf(machine));
  const isReady = async () => (await send(`${replica.url}/readyz`)).status === 200;

  await postgres.stop('immediate');
  redis.kill('SIGKILL');
  await redis.ended;
  await until('it is unready', async () => !(await isReady()));
  expectFailure(await ask(), 503, 'temporarily_unavailable');
  await expectAlive(replica.url);

  await Promise.all([postgres.start(), redis.restart()]);
  await until('it serves again', async () => (await isReady()) && (await ask()).status === 200);
});
