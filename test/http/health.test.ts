import { expect, test } from 'vitest';
import { openEmbeddedDatabase } from '../../src/stores/embedded.database.js';
import { registerHealthRoutes } from '../../src/transports/http/health.route.js';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway } from '../support/gateway.js';
import { expectAlive, expectFailure, JSON_TYPE, send, UUID } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

test('a gateway that runs is live and ready, and says so to anybody', async () => {
  await using gateway = await startTestGateway();
  await expectAlive(gateway.url);
  const answer = await send(`${gateway.url}/readyz`);
  expect([answer.status, answer.text]).toEqual([200, '{"status":"ready","limits":"off"}']);
  for (const { headers } of [answer, await send(`${gateway.url}/livez`)]) {
    expect(headers.get('content-type')).toMatch(JSON_TYPE);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(UUID);
  }
});

test('credentials, good or bad, are not looked at', async () => {
  await using gateway = await startTestGateway();
  for (const authorization of ['Basic !', 'Bearer x', `Bearer ${gateway.bearer()}`]) {
    expect((await send(`${gateway.url}/readyz`, { headers: { authorization } })).status).toBe(200);
  }
});

test('while its database is closed a gateway is live and not ready, and says when to ask again', async () => {
  // The parts that the whole gateway is made of, without the rest: there nobody can close the database under it.
  await using directory = await createTemporaryDirectory();
  const log = captureLog();
  const database = await openEmbeddedDatabase(directory.path);
  const lifecycle = { isDraining: false };
  const server = createHttpServer(log.logger, lifecycle);
  registerHealthRoutes(server, { database, limits: { mode: 'exact' }, lifecycle });
  await using _stop = { [Symbol.asyncDispose]: () => server.close() };
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  expect((await send(`${url}/readyz`)).status).toBe(200);

  await database.close();
  const answer = await send(`${url}/readyz`);
  expectFailure(answer, 503, 'temporarily_unavailable');
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(log.errors.map(({ code }) => code)).toEqual(['TEMPORARILY_UNAVAILABLE']);
  await expectAlive(url);
});

test('a gateway that stops finishes what is under way and then takes nothing more', async () => {
  const gateway = await startTestGateway();
  const underWay = Array.from({ length: 20 }, () => send(`${gateway.url}/readyz`));
  expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  await gateway[Symbol.asyncDispose]();
  await expect(send(`${gateway.url}/livez`)).rejects.toThrow('fetch failed');
});
