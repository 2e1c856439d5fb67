import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { DomainError } from '../../src/domain/errors.js';
import { createLogger } from '../../src/lib/logger.js';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { observing, startTestGateway } from '../support/gateway.js';
import { COMPATIBLE, post, send, UUID } from '../support/rest.js';
import { until } from '../support/until.js';

async function startServer() {
  const log = captureLog();
  const server = createHttpServer(log.logger, { isDraining: false });
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  server.post('/slow', () => {
    arrived.resolve();
    return answer.promise;
  });
  server.get('/fault', () => {
    const cause = new DomainError('TEMPORARILY_UNAVAILABLE', {
      detail: 'the pool is empty',
      cause: new Error('57P03'),
    });
    throw new DomainError('INTERNAL', { detail: 'no decision', cause });
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, log, arrived, answer, [Symbol.asyncDispose]: () => server.close() };
}

const requestLines = ({ lines }: ReturnType<typeof captureLog>) => lines.filter(({ msg }) => msg === 'request');

test('a request whose client left before the answer has its line in the log, without a status, and only one', async () => {
  await using server = await startServer();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write('POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody');
  await server.arrived.promise;
  socket.destroy();
  await once(socket, 'close');
  await until('it is logged', () => requestLines(server.log).length > 0);
  server.answer.resolve('for nobody');
  await send(`${server.url}/nothing`);
  await until('the next is logged', () => requestLines(server.log).length > 1);
  expect(requestLines(server.log).map(({ route, status }) => [route, status])).toEqual([
    ['/slow', undefined],
    ['none', 404],
  ]);
});

test('its line tells how long the server had it', async () => {
  await using server = await startServer();
  const answered = post(`${server.url}/slow`);
  await server.arrived.promise;
  const arrivedAt = performance.now();
  // Takes its time, which is that of the first request too.
  await send(`${server.url}/nothing`);
  const atLeastMs = performance.now() - arrivedAt;
  server.answer.resolve('at last');
  await answered;
  await until('it is logged', () => requestLines(server.log).length === 2);
  const slow = requestLines(server.log).find(({ route }) => route === '/slow');

  // The line is rounded to the microsecond.
  expect(Number(slow?.durationMs) + 0.001).toBeGreaterThanOrEqual(atLeastMs);
});

test.each([
  ['its Host', 'GET /fault HTTP/1.1\r\nhost: x\r\nhost: y', '/fault'],
  ['its path', 'GET /%zz HTTP/1.1\r\nhost: x', 'none'],
])('a request that is refused for %s, before any route, has its line too', async (_what, head, route) => {
  await using server = await startServer();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.end(`${head}\r\nconnection: close\r\n\r\n`);
  socket.resume();
  await once(socket, 'close');
  await until('it is logged', () => requestLines(server.log).length === 1);

  expect(requestLines(server.log)).toMatchObject([{ route, status: 400 }]);
});

test('a fault is logged with its own detail and those of all that caused it', async () => {
  await using server = await startServer();
  const answer = await send(`${server.url}/fault`);
  const [line] = server.log.errors;
  expect(line).toMatchObject({ requestId: answer.headers.get('x-request-id'), code: 'INTERNAL' });
  for (const reason of ['no decision', 'the pool is empty', '57P03']) {
    expect(line?.detail).toContain(reason);
    expect(answer.text).not.toContain(reason);
  }
});

test('the request log has every request at the level info, and only its six fields', async () => {
  const written: string[] = [];
  const logger = createLogger('info', { write: (line) => written.push(line) });
  await using gateway = await startTestGateway({ config: { observation: observing({ logsRequests: true }) }, logger });
  await send(`${gateway.url}/livez?secret=telltale`, { headers: { authorization: 'Bearer telltale' } });
  await post(`${gateway.url}${COMPATIBLE.token}`);
  const lines = () => written.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  await until('both are logged', () => lines().length === 2);

  expect(lines().map(({ route, status }) => [route, status])).toEqual([
    ['/livez', 200],
    ['/v1/users/m2m/oauth/token', 401],
  ]);
  for (const line of lines()) {
    expect(Object.keys(line).sort()).toEqual(
      ['durationMs', 'level', 'method', 'msg', 'requestId', 'route', 'status', 'time'].sort(),
    );
    expect(line).toMatchObject({ level: 30, requestId: expect.stringMatching(UUID) });
  }
  expect(written.join('')).not.toContain('telltale');
});

test('without it a request is no line at the level info', async () => {
  const written: string[] = [];
  const logger = createLogger('info', { write: (line) => written.push(line) });
  await using gateway = await startTestGateway({ logger });
  for (let times = 0; times < 3; times++) await send(`${gateway.url}/livez`);

  expect(written.filter((line) => line.includes('"request"'))).toEqual([]);
});
