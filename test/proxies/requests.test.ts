import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { SetAllowedCidrsDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { authorizationOf, COMPATIBLE, post, send } from '../support/rest.js';
import { isInstalled, SAMPLE_PROXIES, sampleOf, startSampleProxy } from '../support/sample-proxies.js';

/** The gateway's own, in src/transports/http/server.ts. */
const KEEP_ALIVE_S = 65;

/** What proxies do with a server that behaves as no gateway should, but any may that is killed. */
async function startBackend(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  let connections = 0;
  const seen: string[] = [];
  const server = createServer((message, response) => {
    if (['/', '/livez', '/readyz'].includes(message.url ?? '')) return response.end();
    seen.push(`${message.method} ${message.url}`);
    answer(message, response);
  });
  server.on('connection', () => connections++);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The status of a token request that comes from an address of this machine. */
async function statusFrom(url: string, localAddress: string, headers: Record<string, string>): Promise<number> {
  const sent = request(`${url}${COMPATIBLE.token}`, { method: 'POST', localAddress, headers, agent: false });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await text(answer);
  return answer.statusCode ?? 0;
}

describe.each(SAMPLE_PROXIES.filter(isInstalled))('%s as docs/proxies has it', (name) => {
  test('sends a POST once, though its connection is lost before the answer', async () => {
    const lose = (message: IncomingMessage) => message.resume().on('end', () => message.socket.destroy());
    await using one = await startBackend(lose);
    await using other = await startBackend(lose);
    await using proxy = await startSampleProxy(name, [one.port, other.port]);
    const lost = await post(`${proxy.url}/oauth2/token`, {}, 'grant_type=client_credentials').then(
      ({ status }) => status,
      () => 'closed',
    );
    expect([502, 'closed']).toContain(lost);
    expect([...one.seen, ...other.seen]).toEqual(['POST /oauth2/token']);
  });

  test('keeps its connections, for a shorter time than the gateway does, and no answer', async () => {
    await using backend = await startBackend((_message, response) => response.end('{}'));
    await using proxy = await startSampleProxy(name, [backend.port, backend.port]);
    for (let calls = 0; calls < 20; calls++) expect((await send(`${proxy.url}/same`)).status).toBe(200);
    expect(backend.seen).toEqual(Array(20).fill('GET /same'));
    expect(backend.connections()).toBeLessThan(10);
    const [, seconds] =
      /^\s*(?:keepalive_timeout|keepalive|.*pool-purge-delay) (\d+)s/m.exec(sampleOf(name, [1, 2])) ?? [];
    expect(Number(seconds)).toBeLessThan(KEEP_ALIVE_S);
  });

  test('passes an answer of a tenant’s API on as it comes', async () => {
    const rest = Promise.withResolvers<void>();
    await using backend = await startBackend((_message, response) => {
      response.write('first ');
      void rest.promise.then(() => response.end('rest'));
    });
    await using proxy = await startSampleProxy(name, [backend.port, backend.port]);
    const answer = await fetch(`${proxy.url}/v1/data/objects/Company`);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('first ');
    rest.resolve();
    expect((await reader?.read())?.value).toBe('rest');
  });

  test('tells the gateway who calls, whatever the caller says of that', async () => {
    await using gateway = await startTestGateway({ config: { trustedProxies: ['127.0.0.1/32'] } });
    const machine = await createMachine(gateway.client());
    const cidrs = ['127.0.0.9/32', '203.0.113.7/32'];
    await gateway.client().run(SetAllowedCidrsDocument, { id: machine.connectionId, cidrs });
    const port = Number(new URL(gateway.url).port);
    await using proxy = await startSampleProxy(name, [port, port]);
    const credentials = authorizationOf(machine);
    expect(await statusFrom(proxy.url, '127.0.0.9', credentials)).toBe(200);
    expect(await statusFrom(proxy.url, '127.0.0.8', credentials)).toBe(403);
    for (const forged of ['127.0.0.9', '203.0.113.7', '127.0.0.9, 127.0.0.1']) {
      const headers = { ...credentials, 'x-forwarded-for': forged };
      expect(await statusFrom(proxy.url, '127.0.0.8', headers)).toBe(403);
    }
  });
});
