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
  const server = createHttpServer(captureLog().logger, { isDraining: false });
  const arrived = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  server.get('/quick', async () => 'quick');
  server.get('/slow', () => {
    arrived.resolve();
    return answer.promise;
  });
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
  return { server, open, arrived: arrived.promise, answer };
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
