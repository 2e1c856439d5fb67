import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createHttpServer } from '../../src/transports/http/server.js';
import { captureLog } from '../support/captured-log.js';
import { UUID } from '../support/rest.js';
import { until } from '../support/until.js';

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

/** The listener that all transports share, with a route whose answers the test begins and ends. */
async function startSlowServer() {
  const lifecycle = { isDraining: false };
  const server = createHttpServer(captureLog().logger, lifecycle);
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  server.get('/quick', async () => 'quick');
  server.get('/slow', () => {
    arrived.resolve();
    return answer.promise;
  });
  server.post('/length', async (request) => String((request.body as Buffer).length));
  server.get('/begun', (_request, reply) => {
    reply.hijack();
    reply.raw.write('begun');
    void answer.promise.then((rest) => reply.raw.end(rest));
  });
  const { port, hostname } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }));
  const open = async (bytes = '') => {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    if (bytes !== '') socket.write(bytes);
    return socket;
  };
  return { server, lifecycle, open, arrived: arrived.promise, answer };
}

const endOf = (socket: Socket) => once(socket.resume(), 'close');

test('a stop waits for no connection that has no request under way: silent, half a head sent, or kept alive', async () => {
  const { server, open } = await startSlowServer();
  const sockets = [await open(), await open('GET /quick HT'), await open(GET('/quick'))];
  await once(sockets[2] as Socket, 'data');
  const ends = sockets.map((socket) => endOf(socket.on('error', () => undefined)));
  await server.close();
  await Promise.all(ends);
});

test('the answer to what is under way at a stop says that the connection ends, and it does', async () => {
  const { server, open, arrived, answer } = await startSlowServer();
  const socket = await open(GET('/slow'));
  await arrived;
  const closed = server.close();
  await until('it listens no more', () => !server.server.listening);
  answer.resolve('whole');
  const received = await text(socket);
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received).toMatch(/\r\nconnection: close\r\n/i);
  expect(received).not.toMatch(/keep-alive/i);
  expect(received).toMatch(/whole$/);
  await closed;
});

test('a request that comes while a stop is under way is told to come back, in our shape', async () => {
  const { server, open, answer } = await startSlowServer();
  const socket = await open(GET('/begun'));
  const chunks = [String(await once(socket, 'data'))];
  socket.on('data', (chunk) => chunks.push(String(chunk)));
  const closed = server.close();
  await until('it listens no more', () => !server.server.listening);
  const asked = once(server.server, 'request');
  socket.write(GET('/quick'));
  await asked;
  answer.resolve('whole');
  await once(socket, 'close');
  const [, second = ''] = chunks.join('').split(/(?=HTTP\/1\.1 503)/);
  expect(second).toMatch(/\r\nconnection: close\r\n/i);
  expect(second).toMatch(/\r\nretry-after: 1\r\n/i);
  expect(second).toMatch(/\r\ncache-control: no-store\r\n/i);
  const [, requestId] = /\r\nx-request-id: (\S+)\r\n/i.exec(second) ?? [];
  const [, body = ''] = second.split('\r\n\r\n');
  expect(JSON.parse(body)).toEqual({ requestId, error: 'temporarily_unavailable' });
  expect(requestId).toMatch(UUID);
  await closed;
});

test('while it drains it serves, also on a connection that was kept, and each answer says that its connection ends', async () => {
  const { server, lifecycle, open } = await startSlowServer();
  const kept = await open(GET('/quick'));
  expect(String(await once(kept, 'data'))).not.toMatch(/\r\nconnection: close\r\n/i);
  lifecycle.isDraining = true;
  const fresh = await open();
  for (const socket of [kept, fresh]) {
    socket.write(GET('/quick'));
    // To its end: the connection is closed behind the answer.
    const received = await text(socket);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toMatch(/\r\nconnection: close\r\n/i);
    expect(received).toMatch(/quick$/);
  }
  await server.close();
});

test.each(['a drain', 'a stop'])(
  'a body that is on its way when %s begins is read to its end, and answered',
  async (what) => {
    const { server, lifecycle, open } = await startSlowServer();
    const asked = once(server.server, 'request');
    const socket = await open('POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\nhalf');
    await asked;
    lifecycle.isDraining = true;
    const closed = what === 'a stop' ? server.close() : undefined;
    if (closed !== undefined) await until('it listens no more', () => !server.server.listening);
    socket.write('half');
    const received = await text(socket);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toMatch(/\r\n\r\n8$/);
    await (closed ?? server.close());
  },
);
