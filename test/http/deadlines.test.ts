import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { until } from '../support/until.js';

/** Far below what stands in for real time in production, and nothing is measured against it. */
const SHORT = { requestMs: 200, idleMs: 200 };
const NEVER_MS = 3_600_000;

async function listen(deadlines: { requestMs: number; idleMs: number }) {
  const server = createHttpServer(captureLog().logger, { isDraining: false }, { deadlines });
  server.post('/', async () => 'answer');
  server.get('/', async () => Buffer.alloc(64 * 1024 * 1024));
  const { port, hostname } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  return {
    server,
    connect: () => connect(Number(port), hostname),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

const POST = 'POST / HTTP/1.1\r\nhost: x\r\n';

test.each([
  ['a connection on which nothing comes', '', ''],
  ['a head that drips', POST, 'a'],
  ['a body that drips', `${POST}content-length: 1000\r\n\r\n`, 'a'],
  ['chunks that drip', `${POST}transfer-encoding: chunked\r\n\r\n`, '1\r\na\r\n'],
  ['a body that drips after its answer', `GET /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n`, 'a'],
  ['a body that drips after it was refused for its length', `${POST}content-length: 99999\r\n\r\n`, 'a'],
])('%s is ended with 408 when the request has had its time', async (_what, head, drop) => {
  await using listening = await listen({ ...SHORT, idleMs: NEVER_MS });
  const socket = listening.connect();
  socket.write(head);
  const drip = setInterval(() => socket.write(drop), 20);
  let received = '';
  socket.setEncoding('latin1').on('data', (text) => {
    received += text;
  });
  // A drop that comes after the answer is met by a reset.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.on('close', resolve));
  clearInterval(drip);
  expect(received).toMatch(/HTTP\/1\.1 408 Request Timeout\r\n/);
});

test('an answer that its client does not take is ended when nothing of it was taken for its time', async () => {
  await using listening = await listen({ requestMs: NEVER_MS, idleMs: SHORT.idleMs });
  const socket = listening.connect().pause();
  const answering = once(listening.server.server, 'request');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await answering) as [unknown, ServerResponse];
  await until('the gateway has given up', () => response.closed);
  expect(response.writableFinished).toBe(false);
  socket.destroy();
});
