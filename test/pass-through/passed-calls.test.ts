import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/domain/organizations/organization.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import { CreateConnectionDocument, RevokeTokensDocument } from '../generated/graphql.js';
import { captureLog } from '../support/captured-log.js';
import { makeCertificate } from '../support/certificate.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { sendRaw } from '../support/raw-http.js';
import { send } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { startTenant } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { startUpstreamGateway, type UpstreamGateway } from '../support/upstream-gateway.js';

const tenant = await startTenant();
const log = captureLog();
const gateway = await startUpstreamGateway(tenant.url, { logger: log.logger });
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await tenant[Symbol.asyncDispose]();
});
const { callers } = gateway;
const COMPANY = '/v1/data/objects/Company';

beforeEach(() => {
  tenant.behave();
  tenant.requests.length = 0;
});

function call(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
  return send(`${gateway.url}${path}`, { headers: callers.token, ...init });
}

function received() {
  const request = tenant.requests.find(({ part }) => part === 'api');
  if (request === undefined) throw new Error('the tenant was not asked');
  return request;
}

describe('the tenant is given', () => {
  test.each([
    ['a token of ours', callers.token, /^Bearer tenant-token-/, undefined],
    ['the access key', callers.accessKey, undefined, 'tenant-access-key'],
    ['a super admin’s bearer', callers.superAdmin, undefined, 'tenant-access-key'],
    ['an admin’s bearer', callers.admin, undefined, 'tenant-access-key'],
  ])('its own credential for %s', async (_who, headers, authorization, accessKey) => {
    const answer = await call(`${COMPANY}/1P02?a=1&b=%2F`, { headers });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ result: true, data: { path: `${COMPANY}/1P02?a=1&b=%2F` } });
    if (authorization === undefined) expect(received().headers.authorization).toBeUndefined();
    else expect(received().headers.authorization).toMatch(authorization);
    expect(received().headers.accesskey).toBe(accessKey);
  });

  test('nothing of the caller’s credentials, of its hops or of where it says that it comes from', async () => {
    await call(COMPANY, {
      headers: {
        ...callers.token,
        cookie: 'session=1',
        'proxy-authorization': 'Basic eA==',
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=10.0.0.1',
        'x-real-ip': '10.0.0.1',
        'x-latchkey-role': 'SUPER_ADMIN',
        'x-kept': 'yes',
        te: 'trailers',
      },
    });
    const { headers } = received();
    const ours = callers.token.authorization?.replace('Bearer ', '') ?? '';
    expect(JSON.stringify(headers)).not.toContain(ours);
    expect(headers['x-kept']).toBe('yes');
    expect(headers.host).toBe(`127.0.0.1:${tenant.port}`);
    const gone = ['cookie', 'proxy-authorization', 'x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip'];
    for (const name of [...gone, 'x-latchkey-role', 'te']) expect(headers[name]).toBeUndefined();
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('the body of a %s as it is, whatever its type', async (method) => {
    for (const type of ['application/json', 'text/csv', 'multipart/form-data; boundary=x']) {
      const body = `{"a": 1,  "a": 2}${type}`;
      const answer = await call(COMPANY, { method, headers: { ...callers.superAdmin, 'content-type': type }, body });
      expect(JSON.parse(answer.text)).toMatchObject({ data: { method, body } });
    }
    expect(tenant.requests.map(({ headers }) => headers['content-type'])).toContain('multipart/form-data; boundary=x');
  });

  test('a body that has no type, or comes in chunks, or to a DELETE', async () => {
    const credential = ['authorization', callers.superAdmin.authorization ?? ''] as const;
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const plain = { method, target: COMPANY, headers: [credential, ['content-length', '5']] as const, body: 'hello' };
      expect((await sendRaw(gateway.url, plain)).status).toBe(200);
      const headers = [credential, ['transfer-encoding', 'chunked']] as const;
      await sendRaw(gateway.url, { method, target: COMPANY, headers, body: '5\r\nhello\r\n0\r\n\r\n' });
    }
    expect(tenant.requests.map(({ body }) => body)).toEqual(new Array(6).fill('hello'));
  });

  test('a body of ten megabytes, and none that is longer, announced or not', async () => {
    const most = randomBytes(5 * 1024 * 1024).toString('hex');
    const put = (body: NonNullable<RequestInit['body']>, init: object = {}) =>
      call(COMPANY, { method: 'PUT', body, ...init });
    expect((await put(most)).status).toBe(200);
    expect(received().body).toBe(most);

    tenant.requests.length = 0;
    const refused = await put(`${most}x`);
    expect([refused.status, JSON.parse(refused.text).errorCode]).toEqual([413, 'LATCHKEY_BODY_TOO_LARGE']);
    expect(tenant.requests).toEqual([]);
    const stream = new Blob([most, 'x']).stream();
    const chunked = await put(stream, { duplex: 'half' });
    expect([chunked.status, JSON.parse(chunked.text).errorCode]).toEqual([413, 'LATCHKEY_BODY_TOO_LARGE']);
    expect(tenant.requests).toEqual([]);
    expect((await call(COMPANY)).status).toBe(200);
  });
});

describe('the caller is given', () => {
  test('the tenant’s status, body, headers and request id as they are, beside our own request id', async () => {
    const answer = await call('/v2/absent?x');
    expect(answer.headers.get('x-gs-request-id')).toBe(JSON.parse(answer.text).requestId);
    expect(answer.headers.get('x-request-id')).not.toBe(JSON.parse(answer.text).requestId);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test.each([400, 403, 404, 409, 429, 500, 503])('the tenant’s %i, which is not repeated', async (status) => {
    const text = '{"result":false,"errorCode":"GSOBJ_1011"}';
    tenant.misbehave({ kind: 'status', status, text });
    const answer = await call(COMPANY);
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(tenant.requests).toHaveLength(1);
  });

  test('a redirect as it is: nothing is followed', async () => {
    tenant.misbehave({ kind: 'redirect', location: 'http://169.254.169.254/latest', status: 307 });
    const answer = await call(COMPANY, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([307, 'http://169.254.169.254/latest']);
    expect(tenant.requests).toHaveLength(1);
  });

  test('a compressed answer as it is compressed', async () => {
    tenant.misbehave({ kind: 'gzipBomb' });
    const response = await fetch(`${gateway.url}${COMPANY}`, { headers: callers.token });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    await response.body?.cancel();
  });

  test('the end of an answer that broke off, never half of it as a whole', async () => {
    tenant.misbehave({ kind: 'truncated' });
    await expect(fetch(`${gateway.url}${COMPANY}`, { headers: callers.token }).then((r) => r.text())).rejects.toThrow();
  });

  test('503 in the tenant’s envelope where there is no answer, and the process lives', async () => {
    tenant.misbehave({ kind: 'reset' });
    const answer = await call(COMPANY, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(JSON.parse(answer.text)).toEqual({
      result: false,
      errorCode: 'LATCHKEY_TEMPORARILY_UNAVAILABLE',
      errorDesc: expect.any(String),
      message: expect.any(String),
      requestId: answer.headers.get('x-request-id'),
    });
    tenant.behave();
    expect((await call(COMPANY)).status).toBe(200);
  });

  test('what comes as it comes: the beginning is there before the end', async () => {
    tenant.misbehave({ kind: 'dribble', everyMs: 20 });
    const response = await fetch(`${gateway.url}${COMPANY}`, { headers: callers.token });
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('{');
    expect((await reader?.read())?.value).toBeDefined();
    await reader?.cancel();
  });
});

test('a caller who goes away before the tenant answers, or in the middle of its answer, takes nobody along', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  tenant.misbehave({ kind: 'wait', until: promise }, { times: 1 });
  const early = new AbortController();
  const gone = fetch(`${gateway.url}${COMPANY}`, { headers: callers.token, signal: early.signal });
  await until('the tenant was asked', () => tenant.count('api') === 1);
  early.abort();
  await expect(gone).rejects.toThrow();
  resolve();
  tenant.misbehave({ kind: 'dribble', everyMs: 5 }, { times: 1 });
  const late = new AbortController();
  const { body } = await fetch(`${gateway.url}${COMPANY}`, { headers: callers.token, signal: late.signal });
  await body?.getReader().read();
  late.abort();
  expect((await call(COMPANY)).status).toBe(200);
});

describe('where the tenant says 401', () => {
  test('a call that reads is sent once more with the next bearer, one that writes is not, but the next one has it', async () => {
    const clock = new TestClock();
    await using own = await startUpstreamGateway(tenant.url, { clock });
    const ask = (method: string) => send(`${own.url}${COMPANY}`, { method, headers: own.callers.token });
    const parts = async (method: string) => {
      tenant.requests.length = 0;
      const { status } = await ask(method);
      return [status, ...tenant.requests.map(({ part }) => part)];
    };
    expect(await parts('GET')).toEqual([200, 'token', 'api']);
    tenant.revoke();
    clock.advance(6_000);
    expect(await parts('GET')).toEqual([200, 'api', 'token', 'api']);
    tenant.revoke();
    clock.advance(6_000);
    expect(await parts('POST')).toEqual([401, 'api', 'token']);
    expect(await parts('POST')).toEqual([200, 'api']);
  });

  test('again and again, the caller is told, and the tenant is not asked without end', async () => {
    // A token that is younger than five seconds is not replaced: on a clock of its own it stays young.
    await using own = await startUpstreamGateway(tenant.url, { clock: new TestClock() });
    const ask = () => send(`${own.url}${COMPANY}`, { headers: own.callers.token });
    expect((await ask()).status).toBe(200);
    tenant.requests.length = 0;
    tenant.misbehave({ kind: 'unauthorized' }, { part: 'api' });
    for (let count = 0; count < 5; count++) expect((await ask()).status).toBe(401);
    expect(tenant.count('api')).toBe(5);
    expect(tenant.count('token')).toBe(0);
  });

  test('and gives no other token either, the caller is told that alone, with nothing of the 401', async () => {
    const clock = new TestClock();
    await using own = await startUpstreamGateway(tenant.url, { clock });
    const ask = () => send(`${own.url}${COMPANY}`, { headers: own.callers.token });
    expect((await ask()).status).toBe(200);
    tenant.misbehave({ kind: 'gzipBomb', status: 401 }, { part: 'api' });
    tenant.misbehave({ kind: 'reset' }, { part: 'token' });
    clock.advance(6_000);

    const answer = await ask();

    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([503, null]);
    expect(JSON.parse(answer.text)).toMatchObject({ result: false, errorCode: 'LATCHKEY_TEMPORARILY_UNAVAILABLE' });
  });

  test('to an access key nothing is repeated', async () => {
    tenant.misbehave({ kind: 'unauthorized' }, { part: 'api' });
    expect((await call(COMPANY, { headers: callers.accessKey })).status).toBe(401);
    expect(tenant.requests).toHaveLength(1);
  });
});

describe('a call is refused in the tenant’s envelope, and nothing is sent,', () => {
  const refused = async (status: number, code: string, path: string, init: Parameters<typeof call>[1]) => {
    const answer = await call(path, init);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      status,
      {
        result: false,
        errorCode: `LATCHKEY_${code}`,
        errorDesc: expect.any(String),
        message: expect.any(String),
        requestId: answer.headers.get('x-request-id'),
      },
    ]);
    expect(tenant.requests).toEqual([]);
    return answer;
  };

  test('without a credential, and with one that nobody knows', async () => {
    const answer = await refused(401, 'UNAUTHENTICATED', COMPANY, { headers: {} });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"');
    const unknown = await refused(401, 'INVALID_TOKEN', COMPANY, {
      headers: { authorization: 'Bearer tenant-token-1' },
    });
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
    await refused(401, 'INVALID_TOKEN', COMPANY, { headers: { accesskey: 'another-key' } });
  });

  test('with two credentials at once', async () => {
    await refused(400, 'INVALID_REQUEST', COMPANY, { headers: { ...callers.token, accesskey: 'tenant-access-key' } });
  });

  test('where an admin would write', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      await refused(403, 'FORBIDDEN', COMPANY, { method, headers: callers.admin });
    }
  });

  test('at the Event APIs with a token', async () => {
    await refused(403, 'FORBIDDEN', '/v1.0/api/eventManager/event', { method: 'POST', headers: callers.token });
  });

  test('whose path could be read in two ways', async () => {
    for (const path of ['/v1/a%2Fb', '/v1/a//b', '/v1/a;b', '/v1/%252e']) {
      await refused(400, 'INVALID_REQUEST', path, {});
    }
  });

  test('from an organisation without a tenant', async () => {
    const headers = { authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'local')}` };
    await refused(404, 'NOT_FOUND', COMPANY, { headers });
  });

  test('at the credential endpoints, which are ours', async () => {
    await refused(405, 'METHOD_NOT_ALLOWED', '/v1/users/m2m/oauth/token', { method: 'DELETE' });
    await refused(405, 'METHOD_NOT_ALLOWED', '/v1/users/m2m/oauth/%74oken', {
      method: 'PUT',
      headers: callers.superAdmin,
    });
  });

  test('with a token that was revoked', async () => {
    const { callers: mine, ...own } = await startUpstreamGateway(tenant.url);
    await using _stop = own;
    await own.client().run(RevokeTokensDocument, { connectionId: own.connectionIds[0] });
    tenant.requests.length = 0;
    const answer = await send(`${own.url}${COMPANY}`, { headers: mine.token });
    expect([answer.status, tenant.requests.length]).toEqual([401, 0]);
  });
});

test('a tenant that hangs is given so many calls at once, and the next ones are told so', async () => {
  await using own = await startUpstreamGateway(tenant.url);
  tenant.misbehave({ kind: 'hang' }, { part: 'api' });
  const statuses: number[] = [];
  const calls = Array.from({ length: 258 }, async () => {
    const answer = await send(`${own.url}${COMPANY}`, { headers: own.callers.accessKey });
    statuses.push(answer.status);
  });
  await until('two calls were refused', () => statuses.length >= 2);
  expect(statuses).toEqual([503, 503]);
  // Each of the others is told after ten seconds.
  await Promise.all(calls);
  expect(new Set(statuses)).toEqual(new Set([503]));
  tenant.behave();
  expect(await ask(own)).toBe(200);
});

const ask = async ({ url, callers: { accessKey } }: UpstreamGateway) =>
  (await send(`${url}${COMPANY}`, { headers: accessKey })).status;

test('an answer of more than 64 MiB breaks off', async () => {
  await using server = await startEndless();
  await using own = await startUpstreamGateway(server.url);
  const response = await fetch(`${own.url}${COMPANY}`, { headers: own.callers.accessKey });
  let bytes = 0;
  const read = async () => {
    for await (const chunk of response.body ?? []) bytes += chunk.length;
  };
  await expect(read()).rejects.toThrow();
  expect(bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
  expect(bytes).toBeGreaterThan(32 * 1024 * 1024);
});

/** A tenant that takes every credential and answers each call without an end. */
async function startEndless() {
  const chunk = Buffer.alloc(64 * 1024, 'a');
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      response.end(JSON.stringify({ access_token: 'tenant-token-1', token_type: 'Bearer', expires_in: 86_400 }));
      return;
    }
    let isOver = false;
    response.on('close', () => {
      isOver = true;
    });
    while (!isOver) if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: parseTenantUrl(`http://127.0.0.1:${port}`, { allowLoopback: true }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('a tenant whose certificate nobody vouches for is sent nothing', async () => {
  await using directory = await createTemporaryDirectory();
  const files = await makeCertificate(directory.path);
  const tls = { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.certificate, 'utf8') };
  await using secured = await startTenant({ tls });
  await using own = await startUpstreamGateway(secured.url);
  expect(await ask(own)).toBe(503);
  expect(secured.requests).toEqual([]);
});

test('calls are counted before they are sent, and what is over the limit is not sent', async () => {
  const limits = { ...limitsOf({ perMinute: 4 }), managementPerMinute: 100 };
  await using own = await startUpstreamGateway(tenant.url, { config: { limits } });
  tenant.requests.length = 0;
  const ask = () => send(`${own.url}${COMPANY}`, { headers: own.callers.accessKey });
  const answers = [await ask(), await ask(), await ask(), await ask()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(answers[0]?.headers.get('ratelimit')).toContain('"minute";r=2');
  expect(answers[3]?.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(JSON.parse(answers[3]?.text ?? '')).toMatchObject({ errorCode: 'LATCHKEY_RATE_LIMITED' });
  expect(tenant.requests).toHaveLength(3);
});

test('a tenant’s access key is none where its organisation makes its own keys again', async () => {
  await using directory = await createTemporaryDirectory();
  const start = (organizations: readonly Organization[], keyRing: KeyRing) =>
    startTestGateway({ config: { organizations, dataDirectory: directory.path }, keyRing });
  const keyRing = KeyRing.parse(KeyRing.generate());
  const other: Organization = { id: 'other', issuer: 'UPSTREAM', tenantUrl: tenant.url };
  const viewer = async (own: TestGateway) =>
    (await own.client({ accesskey: 'tenant-access-key' }).send('{ viewer { role } }')).data;
  const first = await start([{ id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url }, other], keyRing);
  const input = { name: 'key', authenticationType: 'ACCESS_KEY', accessKey: 'tenant-access-key' } as const;
  await first.client().run(CreateConnectionDocument, { input });
  expect(await viewer(first)).toEqual({ viewer: { role: 'MACHINE' } });
  await first.app.stop();

  const again = await start([{ id: 'default', issuer: 'LOCAL' }, other], keyRing);
  expect(await viewer(again)).toBeUndefined();
  expect((await send(`${again.url}/graphql`, { headers: { accesskey: 'a b' } })).status).not.toBe(200);
  await again.app.stop();
});

test('where no organisation has a tenant there is nothing to pass through', async () => {
  await using own = await startUpstreamGateway(tenant.url, { config: {} });
  expect((await send(`${own.url}/unknown`, {})).status).toBe(404);
});

test('no credential, of ours or of the tenant’s, is in the log', () => {
  for (const secret of ['tenant-secret', 'tenant-access-key', 'tenant-token-', callers.token.authorization?.slice(7)]) {
    expect(log.text).not.toContain(secret);
  }
});
