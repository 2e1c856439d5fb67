import { afterEach, beforeEach, expect, test } from 'vitest';
import { CarefulTenants } from '../../src/domain/tenants/careful-tenants.js';
import { Secret } from '../../src/lib/secrets.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { ACCESS_KEY, CLIENT, SECRET, TOKEN } from '../support/tenant-questions.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';

const SECOND_MS = 1_000;
const WRONG = new Secret('wrong');

let tenant: TenantStub;
let client: TenantClient;
let clock: TestClock;
let tenants: CarefulTenants;

beforeEach(async () => {
  tenant = await startTenant();
  clock = new TestClock();
  client = new TenantClient({ clock, allowLoopback: true });
  tenants = new CarefulTenants(client, clock);
});

afterEach(async () => {
  client.close();
  await tenant[Symbol.asyncDispose]();
});

async function outcomeOf(secret: Secret = SECRET, { url } = tenant): Promise<string> {
  return (await tenants.requestToken(url, CLIENT, secret)).outcome;
}

test('a client that was refused is asked for again after 5, 10, 20, 40, 60 and 60 s', async () => {
  for (const [index, pauseS] of [5, 10, 20, 40, 60, 60].entries()) {
    expect(await outcomeOf(WRONG)).toBe('REFUSED');
    expect(tenant.count('token')).toBe(index + 1);
    clock.advance(pauseS * SECOND_MS - 1);
    expect(await outcomeOf(WRONG)).toBe('REFUSED');
    expect(tenant.count('token')).toBe(index + 1);
    clock.advance(1);
  }
});

test('a refused client is asked for at once with another secret, and that it was refused is forgotten when it is accepted', async () => {
  tenant.misbehave({ kind: 'unauthorized' }, { times: 1 });
  expect(await outcomeOf()).toBe('REFUSED');
  expect(await outcomeOf(WRONG)).toBe('REFUSED');
  expect(tenant.count('token')).toBe(2);

  clock.advance(5 * SECOND_MS);
  expect([await outcomeOf(), await outcomeOf()]).toEqual(['ISSUED', 'ISSUED']);
  tenant.misbehave({ kind: 'unauthorized' }, { times: 1 });
  expect(await outcomeOf()).toBe('REFUSED');
  clock.advance(5 * SECOND_MS);
  expect(await outcomeOf()).toBe('ISSUED');
});

test('a client of whose tokens too many were asked is left alone for as long as the tenant says, and told how long that is', async () => {
  tenant.misbehave({ kind: 'rateLimited', retryAfter: '30' }, { times: 1 });
  expect(await outcomeOf()).toBe('RATE_LIMITED');
  clock.advance(10 * SECOND_MS);
  expect(await tenants.requestToken(tenant.url, CLIENT, SECRET)).toEqual({
    outcome: 'RATE_LIMITED',
    retryAfterMs: 20 * SECOND_MS,
  });
  expect(tenant.count('token')).toBe(1);
  clock.advance(20 * SECOND_MS);
  expect(await outcomeOf()).toBe('ISSUED');
});

test('a tenant that is down is asked once a second, then ever less, and without end when it is up again', async () => {
  tenant.misbehave({ kind: 'status', status: 500 });
  for (let failure = 0; failure < 5; failure++) expect(await outcomeOf()).toBe('UNAVAILABLE');
  expect(tenant.count('token')).toBe(5);

  for (const [index, pauseS] of [1, 2, 4, 8, 16, 30, 30].entries()) {
    clock.advance(pauseS * SECOND_MS - 1);
    expect(await tenants.requestToken(tenant.url, CLIENT, SECRET)).toMatchObject({ reason: 'CIRCUIT_OPEN' });
    clock.advance(1);
    expect(await tenants.requestToken(tenant.url, CLIENT, SECRET)).toMatchObject({ reason: 'SERVER_ERROR' });
    expect(tenant.count('token')).toBe(6 + index);
  }

  tenant.behave();
  clock.advance(30 * SECOND_MS);
  for (let call = 0; call < 10; call++) expect(await outcomeOf()).toBe('ISSUED');
});

test('a tenant that goes down under many questions is asked again after a second', async () => {
  tenant.misbehave({ kind: 'status', status: 500 });
  await Promise.all(Array.from({ length: 20 }, () => outcomeOf()));
  clock.advance(SECOND_MS);
  tenant.behave();
  expect(await outcomeOf()).toBe('ISSUED');
});

test('of many who ask after the pause of a tenant that is down, one does', async () => {
  tenant.misbehave({ kind: 'status', status: 500 });
  for (let failure = 0; failure < 5; failure++) await outcomeOf();
  clock.advance(SECOND_MS);
  await Promise.all(Array.from({ length: 20 }, () => outcomeOf()));
  expect(tenant.count('token')).toBe(6);
});

test('a tenant that is down is no reason to leave another alone, and its being down is no refusal of a client', async () => {
  await using other = await startTenant();
  tenant.misbehave({ kind: 'reset' });
  for (let failure = 0; failure < 6; failure++) await outcomeOf();
  expect(await outcomeOf(SECRET, other)).toBe('ISSUED');
  tenant.behave();
  clock.advance(SECOND_MS);
  expect(await outcomeOf()).toBe('ISSUED');
});

test('an access key that was refused is not tried again, and another one is', async () => {
  const tryKey = async (key: Secret) => (await tenants.checkAccessKey(tenant.url, key)).outcome;
  expect([await tryKey(WRONG), await tryKey(WRONG), await tryKey(ACCESS_KEY)]).toEqual([
    'REFUSED',
    'REFUSED',
    'ACCEPTED',
  ]);
  expect(tenant.requests).toHaveLength(2);
});

test('what a refused client would introspect is not asked either', async () => {
  expect(await outcomeOf(WRONG)).toBe('REFUSED');
  expect(await tenants.introspectToken(tenant.url, CLIENT, WRONG, TOKEN)).toMatchObject({ outcome: 'REFUSED' });
  expect(tenant.count('introspect')).toBe(0);
});
