import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SetAllowedCidrsDocument } from '../generated/graphql.js';
import { createCallers } from '../support/callers.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { startNginx } from '../support/nginx.js';
import { sendRaw } from '../support/raw-http.js';
import { send } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'authorize.md');

/** An API of somebody's own that keeps what it was sent. */
async function startApi() {
  const seen: { call: string; headers: Record<string, unknown>; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({
      call: `${request.method} ${request.url}`,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    response.statusCode = request.url === '/fails' ? 500 : 200;
    response.end('the api');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The configuration that our documentation gives, between a gateway and an API of this test's own. */
async function startBehindNginx(perMinute = 1_000) {
  await using started = new AsyncDisposableStack();
  const clock = new TestClock();
  const gateway = started.use(
    await startTestGateway({ clock, config: { limits: limitsOf({ perMinute }), trustedProxies: ['127.0.0.1/32'] } }),
  );
  const api = started.use(await startApi());
  const callers = await createCallers(gateway);
  const [, documented = ''] = /```nginx\n([\s\S]*?)```/.exec(await readFile(DOCUMENT, 'utf8')) ?? [];
  const nginx = started.use(
    await startNginx((port) =>
      documented
        .replace('127.0.0.1:4000', new URL(gateway.url).host)
        .replace('127.0.0.1:8080', `127.0.0.1:${api.port}`)
        .replace('127.0.0.1:8000', `127.0.0.1:${port}`),
    ),
  );
  const disposal = started.move();
  return { clock, gateway, api, nginx, ...callers, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

test('an allowed call reaches the API with who makes it, and without the credential or what the caller said of itself', async () => {
  await using opened = await startBehindNginx();
  const { nginx, api, headers, oauth } = opened;
  const answer = await send(`${nginx.url}/v1/things?q=%2F`, {
    method: 'PUT',
    headers: {
      ...headers['MACHINE by access token'],
      'x-latchkey-role': 'SUPER_ADMIN',
      'x-original-uri': '/forged',
      'content-type': 'application/json',
    },
    body: '{"large":"'.concat('x'.repeat(100_000), '"}'),
  });

  expect([answer.status, answer.text]).toEqual([200, 'the api']);
  expect(api.seen.map(({ call }) => call)).toEqual(['PUT /v1/things?q=%2F']);
  expect(api.seen[0]?.body).toHaveLength(100_012);
  expect(api.seen[0]?.headers).toMatchObject({
    'x-latchkey-principal': oauth.clientId,
    'x-latchkey-role': 'MACHINE',
    'x-latchkey-organization': 'default',
  });
  expect(api.seen[0]?.headers).not.toHaveProperty('authorization');
  expect(api.seen[0]?.headers).not.toHaveProperty('accesskey');
});

test('the API never sees a call that is refused, and the caller is told as what', async () => {
  await using opened = await startBehindNginx();
  const { nginx, api, gateway, headers, accessKey, oauth } = opened;
  const token = headers['MACHINE by access token'];
  await gateway
    .client()
    .run(SetAllowedCidrsDocument, { id: accessKey.connectionId, cidrs: ['203.0.113.0/24', '2001:db8::/32'] });
  const statusOf = async (method: string, target: string, sent: Readonly<Record<string, string>>) =>
    (await sendRaw(nginx.url, { method, target, headers: Object.entries(sent) })).status;

  expect(await statusOf('GET', '/v1/things', {})).toBe(401);
  expect(await statusOf('GET', '/v1/things', { authorization: 'Bearer unknown' })).toBe(401);
  expect(await statusOf('POST', '/v1/things', { ...headers.ADMIN, 'content-length': '0' })).toBe(403);
  expect(await statusOf('POST', '/v1/eventManager/event', { ...token, 'content-length': '0' })).toBe(403);
  // nginx says where the caller is; what the caller says of it is not passed on.
  expect(await statusOf('GET', '/v1/things', { accesskey: accessKey.secret, 'x-forwarded-for': '203.0.113.7' })).toBe(
    403,
  );
  expect(await statusOf('GET', '/v1/things', { ...token, accesskey: accessKey.secret })).toBe(400);
  expect(await statusOf('GET', '/v1/a/../things', token)).toBe(400);
  expect(await statusOf('GET', '/v1//things', token)).toBe(400);
  expect(await statusOf('GET', '/v1/%2e%2e/things', token)).toBe(400);
  expect(await statusOf('GET', '/v1/things', { ...token, 'x-forwarded-uri': '/harmless' })).toBe(400);
  expect(await statusOf('OPTIONS', '/v1/things', token)).toBe(400);
  expect(await statusOf('GET', '/_latchkey', token)).toBe(404);
  const challenged = await send(`${nginx.url}/v1/things`);
  expect(challenged.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"');
  expect(api.seen).toEqual([]);

  await gateway.client().run(SetAllowedCidrsDocument, { id: oauth.connectionId, cidrs: ['127.0.0.0/8'] });
  expect(await statusOf('GET', '/v1/things', token)).toBe(200);
  expect(api.seen).toHaveLength(1);
});

test('as many calls pass as the organisation has, by whichever credential; then each is a 429 that says when to return', async () => {
  await using opened = await startBehindNginx(4);
  const { nginx, api, clock, headers } = opened;
  const call = (sent: Readonly<Record<string, string>>) => send(`${nginx.url}/v1/things`, { headers: sent });
  // One of the four was the request for the token.
  for (const caller of ['MACHINE by access token', 'MACHINE by access key', 'SUPER_ADMIN'] as const) {
    expect((await call(headers[caller])).status).toBe(200);
  }

  for (let times = 0; times < 3; times++) {
    const limited = await call(headers['MACHINE by access token']);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '60']);
  }
  expect(api.seen).toHaveLength(3);
  clock.advance(60_000);
  expect((await call(headers['MACHINE by access token'])).status).toBe(200);
});

test('a 500 of the API is its own; a gateway that is gone is a 503, and nothing passes', async () => {
  await using opened = await startBehindNginx();
  const { nginx, api, gateway, headers } = opened;
  const failed = await send(`${nginx.url}/fails`, { headers: headers.SUPER_ADMIN });
  expect([failed.status, failed.text]).toEqual([500, 'the api']);

  await gateway.app.stop();
  expect((await send(`${nginx.url}/v1/things`, { headers: headers.SUPER_ADMIN })).status).toBe(503);
  expect(api.seen).toHaveLength(1);
});
