import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { FrontDoor } from '../../src/transports/http/front-door.js';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { observing, startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, requestToken } from '../support/machine.js';
import { exchange, sendRaw } from '../support/raw-http.js';
import { authorizationOf, COMPATIBLE, postForm, STANDARD, send, UUID, withoutRequestId } from '../support/rest.js';
import { startTraceCollector } from '../support/trace-collector.js';
import { until } from '../support/until.js';

/** A server whose door knows one body at /known, beside a route of the same path. */
async function startServer() {
  const lifecycle = { isDraining: false };
  const log = captureLog();
  const frontDoor = new FrontDoor();
  const late = Promise.withResolvers<void>();
  const response = (body: string) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });
  frontDoor.answerAt('/known', (_request, body) => {
    if (String(body) === 'known') return response('by the door');
    if (String(body) === 'faulty') return { ...response(''), headers: { 'content-type': 'no\nheader' } };
    return String(body) === 'late' ? late.promise.then(() => response('by the door, late')) : undefined;
  });
  const server = createHttpServer(log.logger, lifecycle, { frontDoor });
  server.post('/known', async (request) => `by the route: ${request.body}`);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const requestLines = () => log.lines.filter(({ msg }) => msg === 'request');
  return { url, server, lifecycle, requestLines, late, [Symbol.asyncDispose]: () => server.close() };
}

function known(body: string, headers = 'host: x\r\n', target = '/known'): string {
  return `POST ${target} HTTP/1.1\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

const CLOSE = 'host: x\r\nconnection: close\r\n';
const bodiesOf = (received: string) => received.match(/(?:by the \w+[^\r]*?|"[^\r]*)(?=HTTP|$)/g);

test('requests that come on one connection at once are answered in their order, whoever answers them', async () => {
  await using server = await startServer();
  const requests = known('known') + known('other') + known('late') + known('known', CLOSE);
  const received = exchange(server.url, Buffer.from(requests));
  server.late.resolve();

  expect(bodiesOf(String(await received))).toEqual([
    'by the door',
    'by the route: other',
    'by the door, late',
    'by the door',
  ]);
});

test('a response of the door has a request id of its own, forbids storage and has a length', async () => {
  await using server = await startServer();
  const ask = () =>
    sendRaw(server.url, { method: 'POST', target: '/known', headers: [['content-length', '5']], body: 'known' });
  const [first, second] = [await ask(), await ask()];

  expect(first.headers.get('x-request-id')).toMatch(UUID);
  expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  expect(Object.fromEntries(first.headers)).toMatchObject({
    'cache-control': 'no-store',
    'content-length': '11',
    'content-type': 'text/plain',
  });
});

test.each<[string, string, RegExp]>([
  ['with a query', known('known', CLOSE, '/known?a=b'), /by the route: known$/],
  ['of another method', known('known', CLOSE).replace('POST', 'PUT'), /^HTTP\/1.1 405 /],
  ['without a body', `POST /known HTTP/1.1\r\n${CLOSE}content-length: 0\r\n\r\n`, /by the route: undefined$/],
  [
    'in chunks',
    `POST /known HTTP/1.1\r\n${CLOSE}transfer-encoding: chunked\r\n\r\n5\r\nknown\r\n0\r\n\r\n`,
    /by the door$/,
  ],
  ['with a long body', known('x'.repeat(3_000), CLOSE), /by the route: x{3000}$/],
  ['with two hosts', known('known', `host: y\r\n${CLOSE}`), /^HTTP\/1.1 400 /],
  ['without a host', known('known', 'connection: close\r\n'), /^HTTP\/1.1 400 /],
  ['in a coding', known('known', `${CLOSE}content-encoding: gzip\r\n`), /^HTTP\/1.1 415 /],
])('a request %s is answered as ever', async (_, bytes, expected) => {
  await using server = await startServer();

  expect(String(await exchange(server.url, Buffer.from(bytes)))).toMatch(expected);
});

test('a body that comes later than its head is answered by the route', async () => {
  await using server = await startServer();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  const arrived = once(server.server.server, 'request');
  // What has come of it is a body that the door knows.
  socket.write(known('known by half', CLOSE).slice(0, -' by half'.length));
  await arrived;
  socket.write(' by half');

  expect(await text(socket)).toMatch(/by the route: known by half$/);
});

test('while the gateway drains, an answer says that its connection ends', async () => {
  await using server = await startServer();
  const received = exchange(server.url, Buffer.from(known('late')));
  await once(server.server.server, 'request');
  server.lifecycle.isDraining = true;
  server.late.resolve();
  expect(String(await received)).toMatch(/\r\nconnection: close\r\n.*by the door, late$/is);
});

test('while a stop is under way the door leaves to Fastify, which refuses, also what it knows', async () => {
  const door = new FrontDoor();
  door.answerAt('/known', () => ({ status: 200, headers: {}, body: 'by the door' }));
  const fastify: RequestListener = (_request, response) => response.end('left to Fastify');
  const stages = { isStopping: false };
  const parts = {
    fastify,
    observers: [],
    lifecycle: { isDraining: true },
    isStopping: () => stages.isStopping,
  };
  const server = createServer(door.listener(parts)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async () => String(await exchange(url, Buffer.from(known('known', CLOSE))));

  expect(await ask()).toMatch(/by the door$/);
  stages.isStopping = true;
  expect(await ask()).toMatch(/left to Fastify$/);
  server.close();
});

test('an answered request has its line in the log, with its route', async () => {
  await using server = await startServer();
  const { headers } = await sendRaw(server.url, {
    method: 'POST',
    target: '/known',
    headers: [['content-length', '5']],
    body: 'known',
  });

  expect(server.requestLines()).toMatchObject([
    { requestId: headers.get('x-request-id'), method: 'POST', route: '/known', status: 200 },
  ]);
});

test('a request whose client left before the answer has its line in the log, without a status, and only one', async () => {
  await using server = await startServer();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(known('late'));
  const [, response] = await once(server.server.server, 'request');
  socket.destroy();
  await once(response, 'close');
  const leftAt = performance.now();
  await exchange(server.url, Buffer.from(known('known', CLOSE)));
  const waitedMs = performance.now() - leftAt;
  server.late.resolve();
  await until('it is logged', () => server.requestLines().length > 1);

  expect(server.requestLines().map(({ status }) => status)).toEqual([200, undefined]);
  // The line is rounded to the microsecond.
  expect(Number(server.requestLines()[1]?.durationMs) + 0.001).toBeGreaterThanOrEqual(waitedMs);
});

test('a fault in an answer ends its connection alone', async () => {
  await using server = await startServer();

  expect(String(await exchange(server.url, Buffer.from(known('faulty'))))).toBe('');
  expect(String(await exchange(server.url, Buffer.from(known('known', CLOSE))))).toMatch(/by the door$/);
  expect(server.requestLines().map(({ status }) => status)).toEqual([undefined, 200]);
});

test.each([
  ['compatible', COMPATIBLE.introspect],
  ['standard', STANDARD.introspect],
])('a repeated introspection over the limit is refused as a new one is, on the %s path', async (dialect, path) => {
  await using gateway = await startTestGateway({ config: { limits: limitsOf({ perMinute: 5 }) } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  const headers = { ...authorizationOf(machine), 'content-type': 'application/json' };
  const ask = (asked: string) =>
    dialect === 'standard'
      ? postForm(`${gateway.url}${path}`, { token: asked }, authorizationOf(machine))
      : send(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify({ access_token: asked }) });
  for (let time = 0; time < 4; time++) expect((await ask(token)).status).toBe(200);

  const [repeated, anew] = [await ask(token), await ask('lkat_never')];
  expect(repeated.status).toBe(429);
  expect(withoutRequestId(repeated)).toEqual(withoutRequestId(anew));
});

test('where requests are traced a repeated one is traced too', async () => {
  await using collector = await startTraceCollector();
  const traces = { endpoint: collector.url, serviceName: 'latchkey', sampledRatio: 1 };
  const gateway = await startTestGateway({ config: { observation: observing({ traces }) } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  for (let time = 0; time < 4; time++)
    await postForm(`${gateway.url}${STANDARD.introspect}`, { token }, authorizationOf(machine));
  await gateway[Symbol.asyncDispose]();

  expect(collector.spans.filter(({ name }) => name === `POST ${STANDARD.introspect}`)).toHaveLength(4);
});
