import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { openEmbeddedDatabase } from '../../src/stores/embedded.database.js';
import { registerHealthRoutes } from '../../src/transports/http/health.route.js';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { authorizationOf, expectAlive, expectFailure, JSON_TYPE, send, UUID } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

test('a gateway that runs is live and ready, and says so to anybody', async () => {
  await using gateway = await startTestGateway();
  await expectAlive(gateway.url);
  const answer = await send(`${gateway.url}/readyz`);
  expect([answer.status, answer.text]).toEqual([200, '{"status":"ready","gateways":"one","limits":"off"}']);
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
  const machine = await createMachine(gateway.client());
  const { hostname, port } = new URL(gateway.url);
  const form = 'grant_type=client_credentials';
  const head = [
    'POST /oauth2/token HTTP/1.1',
    `host: ${hostname}`,
    ...Object.entries(authorizationOf(machine)).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${form.length}`,
    'expect: 100-continue',
  ];
  const socket = connect(Number(port), hostname);
  socket.setEncoding('utf8').write(`${head.join('\r\n')}\r\n\r\n`);
  // "100 Continue": the request is under way, and waits for its body.
  await once(socket, 'data');

  const stopped = gateway[Symbol.asyncDispose]();
  await until('nothing more is taken', () =>
    send(`${gateway.url}/livez`).then(
      () => false,
      () => true,
    ),
  );
  const answered = once(socket, 'data');
  socket.write(form);

  expect(String(await answered)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*"access_token":"lkat_/);
  await stopped;
});
