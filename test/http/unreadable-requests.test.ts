import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { exchange, sendBytes } from '../support/raw-http.js';
import { authorizationOf, COMPATIBLE, expectAlive, expectFailure } from '../support/rest.js';
import { until } from '../support/until.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const { authorization } = authorizationOf(await createMachine(gateway.client()));

const POST = `POST ${COMPATIBLE.token} HTTP/1.1\r\n`;
const HOST = 'host: x\r\n';
const CREDENTIALS = `authorization: ${authorization}\r\n`;

describe('what is not HTTP is a bad request, and the process lives', () => {
  test.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['an unknown method', `GRANT ${COMPATIBLE.token} HTTP/1.1\r\n${HOST}\r\n`],
    ['a method in lower case', POST.replace('POST', 'post') + HOST],
    ['a version that there is not', POST.replace('1.1', '9.9') + HOST],
    ['the start of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the start of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
    ['a header without a colon', `${POST}${HOST}authorization\r\n\r\n`],
    ['a header name with a space', `${POST}${HOST}authorization : x\r\n\r\n`],
    ['a header with a null character', `${POST}${HOST}authorization: Basic \u0000\r\n\r\n`],
    ['a bare line feed in a header', `${POST}${HOST}authorization: a\nb\r\n\r\n`],
    ['a folded header', `${POST}${HOST}authorization: Basic\r\n x\r\n\r\n`],
    ['a Content-Length that is no number', `${POST}${HOST}content-length: x\r\n\r\n`],
    ['a negative Content-Length', `${POST}${HOST}content-length: -1\r\n\r\n`],
    ['two Content-Lengths', `${POST}${HOST}content-length: 1\r\ncontent-length: 2\r\n\r\n12`],
    ['both framings', `${POST}${HOST}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['an unknown framing', `${POST}${HOST}transfer-encoding: gzip\r\n\r\n`],
    ['a chunk size that is no number', `${POST}${HOST}${CREDENTIALS}transfer-encoding: chunked\r\n\r\nzz\r\n`],
  ])('%s', async (_what, bytes) => {
    expectFailure(await sendBytes(gateway.url, Buffer.from(bytes, 'latin1')), 400, 'invalid_request');
    await expectAlive(gateway.url);
  });
});

test('a request target of 64 KB is refused in our shape', async () => {
  const answer = await sendBytes(gateway.url, Buffer.from(`GET /${'a'.repeat(65_536)} HTTP/1.1\r\n${HOST}\r\n`));
  expectFailure(answer, 431, 'invalid_request');
  await expectAlive(gateway.url);
});

test('five hundred headers are read, and two thousand are refused in our shape', async () => {
  const withHeaders = (count: number) => {
    const headers = Array.from({ length: count }, (_, index) => `a${index}: b\r\n`).join('');
    return sendBytes(gateway.url, Buffer.from(`GET /livez HTTP/1.1\r\n${HOST}connection: close\r\n${headers}\r\n`));
  };
  expect((await withHeaders(500)).status).toBe(200);
  expectFailure(await withHeaders(2_000), 431, 'invalid_request');
  await expectAlive(gateway.url);
});

describe('what Node itself would answer has a request id and our shape too', () => {
  test.each([
    ['two Hosts', `${POST}${HOST}${HOST}connection: close\r\n${CREDENTIALS}\r\n`, 400],
    ['no Host', `${POST}connection: close\r\n${CREDENTIALS}\r\n`, 400],
    ['an expectation that nobody knows', `${POST}${HOST}connection: close\r\nexpect: miracles\r\n\r\n`, 417],
  ])('%s', async (_what, bytes, status) => {
    expectFailure(await sendBytes(gateway.url, Buffer.from(bytes)), status, 'invalid_request');
    await expectAlive(gateway.url);
  });
});

test('a client that waits for 100 Continue gets it, and then its answer', async () => {
  const head = `${POST}${HOST}${CREDENTIALS}connection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n`;
  const text = (await exchange(gateway.url, Buffer.from(`${head}{}`))).toString();
  expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
});

test('HTTP/1.0 is answered', async () => {
  const request = `POST ${COMPATIBLE.token} HTTP/1.0\r\n${CREDENTIALS}\r\n`;
  const answer = await sendBytes(gateway.url, Buffer.from(request));
  expect(answer.status).toBe(200);
});

test.each([
  ['none', ''],
  ['an empty one', 'host:\r\n'],
  ['half an address', 'host: [::1\r\n'],
  ['two words', 'host: a b\r\n'],
  ['what is no port', 'host: x:y\r\n'],
])('GraphQL is answered whatever the Host is, %s included', async (_what, host) => {
  const body = '{"query":"{ __typename }"}';
  const head = `POST /graphql HTTP/1.0\r\n${host}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const answer = await sendBytes(gateway.url, Buffer.from(head + body));
  expect([answer.status, answer.text.trim()]).toEqual([200, '{"data":{"__typename":"Query"}}']);
});

test.each([
  ['an upgrade', `${POST}${HOST}${CREDENTIALS}upgrade: websocket\r\nconnection: upgrade, close\r\n\r\n`],
  ['CONNECT', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`],
])('%s opens no tunnel, and the process lives', async (_what, bytes) => {
  const text = (await exchange(gateway.url, Buffer.from(bytes))).toString();
  expect(text).not.toMatch(/^HTTP\/1\.1 (101|2\d\d Connection)/);
  await expectAlive(gateway.url);
});

test('garbage behind good requests is a bad request, and nothing behind it is read', async () => {
  const request = `GET /livez HTTP/1.1\r\n${HOST}\r\n`;
  const bytes = Buffer.from(`${request}${request}garbage\r\n\r\n${request}${request}`);
  const text = (await exchange(gateway.url, bytes)).toString();
  const statuses = Array.from(text.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => status);
  expect(statuses.join(' ')).toMatch(/^(200 ){0,2}400$/);
  const ids = Array.from(text.matchAll(/x-request-id: (\S+)/g), ([, id]) => id);
  expect(new Set(ids).size).toBe(statuses.length);
  await expectAlive(gateway.url);
});

test('a client that hangs up in the middle of a body is no fault of ours in the log', async () => {
  const log = captureLog();
  {
    await using quiet = await startTestGateway({ logger: log.logger });
    const socket = connect(Number(new URL(quiet.url).port), '127.0.0.1');
    socket.write(`${POST}${HOST}expect: 100-continue\r\ncontent-length: 100\r\n\r\n`);
    // "100 Continue": the gateway has the head and waits for the body.
    await once(socket, 'data');
    socket.end('half');
    await once(socket.resume(), 'close');
    await expectAlive(quiet.url);
  }
  expect(log.lines.map(({ msg }) => msg)).toContain('request');
  expect(log.errors).toEqual([]);
});

test('a request has to arrive whole within 15 s, its head as well as its body', async () => {
  const server = createHttpServer(captureLog().logger, { isDraining: false });
  await using _stop = { [Symbol.asyncDispose]: () => server.close() };
  // Node keeps to the larger of the two for the whole request.
  expect(Math.max(server.server.requestTimeout, server.server.headersTimeout)).toBe(15_000);
});

test('a connection whose request was refused is let go of, also where the other side never closes', async () => {
  const server = createHttpServer(captureLog().logger, { isDraining: false });
  await using _stop = { [Symbol.asyncDispose]: () => server.close() };
  const { hostname, port } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  const held = () => promisify(server.server.getConnections.bind(server.server))();
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.resume().write('garbage\r\n\r\n');
  await once(socket, 'end');
  await until('the gateway has let go of it', async () => (await held()) === 0);
  socket.destroy();
});
