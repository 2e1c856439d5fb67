import { expect, test } from 'vitest';
import { Secret } from '../../src/lib/secrets.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { startPostgres } from '../support/postgres-server.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { authorizationOf, COMPATIBLE, expectAlive, expectFailure, post, send } from '../support/rest.js';
import { until } from '../support/until.js';

test('without Redis a PostgreSQL that is gone is told with 503, and all goes on when it is back', async () => {
  await using postgres = await startPostgres();
  const servers = {
    ...{ databaseUrl: new Secret(await postgres.createDatabase()), databaseConnections: 4, deadlineMs: HASTY_MS },
    ...{ redis: undefined, sharedByReplicas: undefined },
  };
  await using gateway = await startTestGateway({ config: { servers } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  const ask = () => post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine));
  const readiness = async () => JSON.parse((await send(`${gateway.url}/readyz`)).text) as object;

  await postgres.stop('immediate');
  expectFailure(await ask(), 503, 'temporarily_unavailable');
  await expectAlive(gateway.url);
  expect(await readiness()).toMatchObject({ status: 'degraded', degradedBy: 'database', writes: 'unavailable' });
  await postgres.start();

  await until('it serves again', async () => (await ask()).status === 200);
  expect(await readiness()).toMatchObject({ status: 'ready', gateways: 'one' });
  expect(await isActive(gateway.url, machine, token)).toBe(true);
});
