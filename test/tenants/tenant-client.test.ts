import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/lib/secrets.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { basic } from '../support/machine.js';
import { ACCESS_KEY, CLIENT, QUESTIONS, SECRET, TOKEN } from '../support/tenant-questions.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const WRONG = new Secret('wrong');
const DAY_MS = 86_400_000;

let tenant: TenantStub;
let client: TenantClient;
let clock: TestClock;

beforeEach(async () => {
  tenant = await startTenant();
  clock = new TestClock();
  client = new TenantClient({ clock, allowLoopback: true });
});

afterEach(async () => {
  client.close();
  await tenant[Symbol.asyncDispose]();
});

async function newToken(): Promise<{ accessToken: Secret; expiresAt: number }> {
  const issued = await client.requestToken(tenant.url, CLIENT, SECRET);
  if (issued.outcome !== 'ISSUED') throw new Error(`the tenant issued no token: ${issued.outcome}`);
  return issued;
}

describe('a token', () => {
  test('is asked for as the contract shows it: Basic, without a body', async () => {
    await newToken();
    expect(tenant.requests).toHaveLength(1);
    expect(tenant.requests[0]).toMatchObject({ method: 'POST', path: '/v1/users/m2m/oauth/token', body: '' });
    const { headers } = tenant.requests[0] ?? {};
    expect(headers).toMatchObject({ authorization: basic(CLIENT, SECRET.reveal()), 'content-length': '0' });
    expect(headers).toMatchObject({ host: new URL(tenant.url).host, 'accept-encoding': 'identity' });
    expect(headers).not.toHaveProperty('content-type');
  });

  test('is the one that the tenant made, and prints as nothing', async () => {
    const issued = await newToken();
    expect(issued.accessToken.reveal()).toMatch(/^tenant-token-/);
    expect(JSON.stringify(issued)).not.toContain('tenant-token-');
  });

  test('expires by the time at which it was asked for, however late the answer came', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    tenant.misbehave({ kind: 'wait', until: promise });
    const askedAt = clock.now();
    const asking = newToken();
    await until('the tenant was asked', () => tenant.count('token') === 1);
    clock.advance(7_000);
    resolve();
    expect((await asking).expiresAt).toBe(askedAt + DAY_MS);
  });

  test('that the tenant gives twice expires when it did', async () => {
    tenant.settings.givesSameTokenTwice = true;
    const [first, second] = [await newToken(), await newToken()];
    expect(second.accessToken.reveal()).toBe(first.accessToken.reveal());
    expect(Math.abs(second.expiresAt - first.expiresAt)).toBeLessThanOrEqual(60_000);
  });

  test.each([
    ['a year', 31_536_000, DAY_MS],
    ['for ever', 1e308, DAY_MS],
    ['half a second', 0.5, 500],
  ])('that would live for %s is believed for a day at most', async (_, expiresIn, lifetimeMs) => {
    tenant.settings.lifetimeSeconds = expiresIn;
    expect((await newToken()).expiresAt).toBe(clock.now() + lifetimeMs);
  });
});

describe('an introspection', () => {
  test('is asked for as the contract shows it: Basic, the token in JSON', async () => {
    await client.introspectToken(tenant.url, CLIENT, SECRET, TOKEN);
    expect(tenant.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/users/m2m/oauth/token/introspect',
      body: '{"access_token":"a-token-of-the-tenant"}',
      headers: { authorization: basic(CLIENT, SECRET.reveal()), 'content-type': 'application/json' },
    });
  });

  test.each(['ms', 's'] as const)('of a live token says until when, told in %s', async (unit) => {
    tenant.settings.expUnit = unit;
    const { accessToken } = await newToken();
    const answer = await client.introspectToken(tenant.url, CLIENT, SECRET, accessToken);
    expect(answer).toEqual({ outcome: 'ACTIVE', expiresAt: expect.any(Number) });
    const remainingMs = (answer.outcome === 'ACTIVE' ? answer.expiresAt : 0) - Date.now();
    expect(remainingMs).toBeGreaterThan(DAY_MS - 60_000);
    expect(remainingMs).toBeLessThanOrEqual(DAY_MS);
  });

  test('of an unknown or a revoked token says that it is inactive', async () => {
    const { accessToken } = await newToken();
    tenant.revoke(accessToken.reveal());
    for (const token of [accessToken, TOKEN]) {
      expect(await client.introspectToken(tenant.url, CLIENT, SECRET, token)).toEqual({ outcome: 'INACTIVE' });
    }
  });

  test('of what the tenant takes for a bad request blames the token, not the client', async () => {
    tenant.misbehave({ kind: 'status', status: 400, text: '{"error":"invalid_request"}' });
    expect(await client.introspectToken(tenant.url, CLIENT, SECRET, TOKEN)).toEqual({ outcome: 'INACTIVE' });
    tenant.misbehave({ kind: 'status', status: 400, text: '{"error":"invalid_client"}' });
    const refused = { outcome: 'REFUSED', because: 'CREDENTIALS' };
    expect(await client.introspectToken(tenant.url, CLIENT, SECRET, TOKEN)).toEqual(refused);
  });
});

describe('an access key', () => {
  test('is checked by a call that changes nothing', async () => {
    expect(await client.checkAccessKey(tenant.url, ACCESS_KEY)).toEqual({ outcome: 'ACCEPTED' });
    expect(tenant.requests).toHaveLength(1);
    expect(tenant.requests[0]).toMatchObject({
      method: 'GET',
      path: '/v1/meta/services/objects/list?po=company&em=false',
      body: '',
      headers: { accesskey: ACCESS_KEY.reveal() },
    });
    expect(tenant.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('is accepted where the list of objects is long', async () => {
    const text = JSON.stringify({ result: true, data: 'a'.repeat(500_000) });
    tenant.misbehave({ kind: 'status', status: 200, text });
    expect(await client.checkAccessKey(tenant.url, ACCESS_KEY)).toEqual({ outcome: 'ACCEPTED' });
  });
});

describe('credentials are refused', () => {
  const REFUSED = { outcome: 'REFUSED', because: 'CREDENTIALS' };

  test('where they are wrong', async () => {
    expect(await client.requestToken(tenant.url, CLIENT, WRONG)).toEqual(REFUSED);
    expect(await client.requestToken(tenant.url, 'nobody', SECRET)).toEqual(REFUSED);
    expect(await client.introspectToken(tenant.url, CLIENT, WRONG, TOKEN)).toEqual(REFUSED);
    expect(await client.checkAccessKey(tenant.url, WRONG)).toEqual(REFUSED);
  });

  test.each([400, 401, 403])('by the status %i of the token endpoint', async (status) => {
    tenant.misbehave({ kind: 'status', status, text: '<html>no</html>', contentType: 'text/html' });
    expect(await client.requestToken(tenant.url, CLIENT, SECRET)).toEqual(REFUSED);
  });

  test('by a status whose body cannot be read', async () => {
    for (const status of [401, 403]) {
      tenant.misbehave({ kind: 'gzipBomb', status });
      for (const [, ask] of QUESTIONS) expect(await ask(client, tenant.url)).toEqual(REFUSED);
    }
  });

  test.each(QUESTIONS)('by a storm of 401: %s', async (_, ask) => {
    tenant.misbehave({ kind: 'unauthorized' });
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask(client, tenant.url)));
    expect(asked).toEqual(Array(20).fill(REFUSED));
    // Each asked once: a refusal is no reason to ask again.
    expect(tenant.requests).toHaveLength(20);
  });

  test.each(['GS_APIG_2401', 'GSOBJ_1024'])('by the code %s, whatever the status', async (errorCode) => {
    for (const status of [200, 400, 500]) {
      tenant.misbehave({ kind: 'status', status, text: JSON.stringify({ result: false, errorCode }) });
      expect(await client.checkAccessKey(tenant.url, ACCESS_KEY)).toEqual(REFUSED);
    }
  });

  test('without being sent, where no header can hold them', async () => {
    for (const text of ['', 'a\r\nhost: evil', 'a\u0000', 'é']) {
      expect(await client.requestToken(tenant.url, CLIENT, new Secret(text))).toEqual(REFUSED);
      expect(await client.introspectToken(tenant.url, text, SECRET, TOKEN)).toEqual(REFUSED);
      expect(await client.checkAccessKey(tenant.url, new Secret(text))).toEqual(REFUSED);
    }
    expect(await client.requestToken(tenant.url, 'id:with-colon', SECRET)).toEqual(REFUSED);
    expect(tenant.requests).toEqual([]);
  });

  test.each(QUESTIONS)('for where they came from, by the tenant that has an allow list: %s', async (_, ask) => {
    for (const status of [400, 401, 403]) {
      tenant.misbehave({ kind: 'status', status, text: '{"result":false,"errorCode":"GS_APIG_2402"}' });
      expect(await ask(client, tenant.url)).toEqual({ outcome: 'REFUSED', because: 'ADDRESS' });
    }
  });
});

describe('a limit of the tenant', () => {
  test.each(QUESTIONS)('is told with how long to wait: %s', async (_, ask) => {
    const date = new Date(clock.now() + 90_000).toUTCString();
    for (const [retryAfter, retryAfterMs] of [
      ['7', 7_000],
      [date, 90_000],
      ['999999', 3_600_000],
    ] as const) {
      tenant.misbehave({ kind: 'rateLimited', retryAfter });
      expect(await ask(client, tenant.url)).toEqual({ outcome: 'RATE_LIMITED', retryAfterMs });
    }
    tenant.misbehave({ kind: 'rateLimited' });
    expect(await ask(client, tenant.url)).toEqual({ outcome: 'RATE_LIMITED', retryAfterMs: 60_000 });
  });

  test('is known by the gateway code too, whatever the status', async () => {
    tenant.misbehave({ kind: 'status', status: 200, text: '{"result":false,"errorCode":"GS_APIG_2404"}' });
    expect(await client.checkAccessKey(tenant.url, ACCESS_KEY)).toMatchObject({ outcome: 'RATE_LIMITED' });
  });
});

test('an answer within the deadline is awaited', async () => {
  tenant.misbehave({ kind: 'slow', ms: 50 });
  expect((await client.requestToken(tenant.url, CLIENT, SECRET)).outcome).toBe('ISSUED');
});
