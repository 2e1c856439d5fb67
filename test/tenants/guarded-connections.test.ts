import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { systemClock } from '../../src/lib/clock.js';
import type { Resolve } from '../../src/outbound/guarded.lookup.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { FORBIDDEN_ADDRESSES, LOOPBACK_ADDRESSES } from '../support/tenant-addresses.js';
import { CLIENT, QUESTIONS, SECRET } from '../support/tenant-questions.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';

const FORBIDDEN = { outcome: 'UNAVAILABLE', reason: 'FORBIDDEN_ADDRESS', detail: expect.any(String) };
const PUBLIC_ADDRESS = '8.8.8.8';

/** Listens on 127.0.0.1: whatever leads to this machine, 0.0.0.0 included, would be counted as a connection. */
let tenant: TenantStub;

beforeEach(async () => {
  tenant = await startTenant();
});

afterEach(async () => {
  await tenant[Symbol.asyncDispose]();
});

/** A resolver that gives each of these answers once, in order. */
function resolver(...answers: readonly (readonly string[])[]): Resolve & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve = async (hostname: string): Promise<LookupAddress[]> => {
    const answer = answers[asked.length] ?? [];
    asked.push(hostname);
    return answer.map((address) => ({ address, family: isIP(address) }));
  };
  return Object.assign(resolve, { asked });
}

/** What no configuration gives: a name, and the port of the tenant that counts. */
function unchecked(scheme: string, host: string): TenantUrl {
  return `${scheme}://${host}:${tenant.port}` as TenantUrl;
}

describe('no connection is made', () => {
  test('to a host of the URL that is a forbidden address', async () => {
    const client = new TenantClient({ clock: systemClock, allowLoopback: false });
    const addresses = [...FORBIDDEN_ADDRESSES, ...LOOPBACK_ADDRESSES].filter((address) => !address.includes('%'));
    for (const address of addresses) {
      for (const scheme of ['http', 'https']) {
        const url = unchecked(scheme, isIP(address) === 6 ? `[${address}]` : address);
        for (const [, ask] of QUESTIONS) expect(await ask(client, url)).toEqual(FORBIDDEN);
      }
    }
    expect(tenant.connections).toBe(0);
    client.close();
  });

  test('to a name that leads to a forbidden address, alone or behind a good one', async () => {
    for (const address of [...FORBIDDEN_ADDRESSES, ...LOOPBACK_ADDRESSES]) {
      const resolve = resolver([address], [PUBLIC_ADDRESS, address], [address, PUBLIC_ADDRESS]);
      const client = new TenantClient({ clock: systemClock, allowLoopback: false, resolve });
      for (const [, ask] of QUESTIONS) expect(await ask(client, unchecked('https', 'acme.example'))).toEqual(FORBIDDEN);
      // Once for each connection: there is no second answer that a socket would use instead.
      expect(resolve.asked).toHaveLength(QUESTIONS.length);
      client.close();
    }
    expect(tenant.connections).toBe(0);
  });

  test('without TLS to anything but this machine, in development too', async () => {
    const resolve = resolver([PUBLIC_ADDRESS], ['10.0.0.1'], ['0.0.0.0']);
    const client = new TenantClient({ clock: systemClock, allowLoopback: true, resolve });
    for (const [, ask] of QUESTIONS) expect(await ask(client, unchecked('http', 'acme.localhost'))).toEqual(FORBIDDEN);
    expect(resolve.asked).toHaveLength(QUESTIONS.length);
    expect(tenant.connections).toBe(0);
    client.close();
  });

  test.each(['0.0.0.0', '::', '::ffff:0.0.0.0', '10.0.0.1', '169.254.169.254'])(
    'to %s, which a name leads to after it led to a good address',
    async (address) => {
      // 127.0.0.1 stands for the good one: in development it is allowed, as a public address is everywhere.
      const resolve = resolver(['127.0.0.1'], [address]);
      const client = new TenantClient({ clock: systemClock, allowLoopback: true, resolve });
      const url = unchecked('http', 'acme.localhost');
      expect((await client.requestToken(url, CLIENT, SECRET)).outcome).toBe('ISSUED');
      // A kept connection leads where it led, and nothing is resolved again.
      expect((await client.requestToken(url, CLIENT, SECRET)).outcome).toBe('ISSUED');
      expect(resolve.asked).toHaveLength(1);
      tenant.closeConnections();
      expect(await client.requestToken(url, CLIENT, SECRET)).toEqual(FORBIDDEN);
      expect(resolve.asked).toHaveLength(2);
      expect(tenant.connections).toBe(1);
      client.close();
    },
  );
});

test('a name keeps its Host where the connection goes to the address', async () => {
  const client = new TenantClient({ clock: systemClock, allowLoopback: true, resolve: resolver(['127.0.0.1']) });
  const url = unchecked('http', 'acme.localhost');
  expect((await client.requestToken(url, CLIENT, SECRET)).outcome).toBe('ISSUED');
  expect(tenant.requests[0]?.headers.host).toBe(`acme.localhost:${tenant.port}`);
  client.close();
});

test('a resolver that does not answer is given up at the deadline', async () => {
  const resolve = () => Promise.withResolvers<LookupAddress[]>().promise;
  const client = new TenantClient({ clock: systemClock, allowLoopback: true, resolve, deadlineMs: 100 });
  const answer = await client.requestToken(unchecked('http', 'acme.localhost'), CLIENT, SECRET);
  expect(answer).toMatchObject({ outcome: 'UNAVAILABLE', reason: 'TIMED_OUT' });
  client.close();
});

test('a name that is not found makes the tenant unavailable', async () => {
  const client = new TenantClient({ clock: systemClock, allowLoopback: true, resolve: resolver([]) });
  const answer = await client.requestToken(unchecked('https', 'acme.example'), CLIENT, SECRET);
  expect(answer).toEqual({ outcome: 'UNAVAILABLE', reason: 'UNREACHABLE', detail: 'ENOTFOUND' });
  client.close();
});

describe('a kept connection', () => {
  test('that the tenant ended at the moment of its next use is replaced, once', async () => {
    const client = new TenantClient({ clock: systemClock, allowLoopback: true });
    expect((await client.requestToken(tenant.url, CLIENT, SECRET)).outcome).toBe('ISSUED');
    tenant.misbehave({ kind: 'reset' }, { times: 1 });
    expect((await client.requestToken(tenant.url, CLIENT, SECRET)).outcome).toBe('ISSUED');
    expect(tenant.connections).toBe(2);
    tenant.misbehave({ kind: 'reset' });
    expect(await client.requestToken(tenant.url, CLIENT, SECRET)).toMatchObject({ reason: 'UNREACHABLE' });
    expect(tenant.count('token')).toBe(5);
    client.close();
  });

  test('is not looked for among others that may have ended too: a second failure is the answer', async () => {
    const client = new TenantClient({ clock: systemClock, allowLoopback: true });
    await Promise.all(Array.from({ length: 4 }, () => client.requestToken(tenant.url, CLIENT, SECRET)));
    expect(tenant.connections).toBe(4);
    tenant.misbehave({ kind: 'reset' });
    expect(await client.requestToken(tenant.url, CLIENT, SECRET)).toMatchObject({ reason: 'UNREACHABLE' });
    expect(tenant.count('token')).toBe(4 + 2);
    client.close();
  });

  // Within the deadline: the stub would end what is idle after five seconds.
  test('is given free by an answer that was not read: more than a tenant may have at once', async () => {
    const client = new TenantClient({ clock: systemClock, allowLoopback: true, deadlineMs: 3_000 });
    tenant.misbehave({ kind: 'gzipBomb' }, { times: 65 });
    for (let times = 0; times < 65; times++) {
      expect(await client.requestToken(tenant.url, CLIENT, SECRET)).toMatchObject({ reason: 'ENCODED' });
    }
    expect((await client.requestToken(tenant.url, CLIENT, SECRET)).outcome).toBe('ISSUED');
    client.close();
  });

  test('is not used again after an answer that was not read to its end', async () => {
    const client = new TenantClient({ clock: systemClock, allowLoopback: true });
    tenant.misbehave({ kind: 'huge', isAnnounced: true }, { times: 1 });
    tenant.misbehave({ kind: 'huge', isAnnounced: false }, { times: 1 });
    for (const outcome of ['UNAVAILABLE', 'UNAVAILABLE', 'ISSUED', 'ISSUED']) {
      expect((await client.requestToken(tenant.url, CLIENT, SECRET)).outcome).toBe(outcome);
    }
    expect(tenant.connections).toBe(3);
    client.close();
  });

  test('carries one tenant alone, of which a hundred callers that wait leave the others in peace', async () => {
    await using healthy = await startTenant();
    const client = new TenantClient({ clock: systemClock, allowLoopback: true });
    tenant.misbehave({ kind: 'hang' });
    const hanging = Array.from({ length: 100 }, () => client.requestToken(tenant.url, CLIENT, SECRET));
    expect((await client.requestToken(healthy.url, CLIENT, SECRET)).outcome).toBe('ISSUED');
    expect(tenant.connections).toBeLessThanOrEqual(64);
    client.close();
    // What still waited for a connection ends too, at once and not at the deadline.
    const ended = new Set((await Promise.all(hanging)).map((answer) => JSON.stringify(answer)));
    expect([...ended]).toEqual(['{"outcome":"UNAVAILABLE","reason":"INTERRUPTED","detail":"Latchkey ends"}']);
  });
});
