import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import type { Misbehaviour } from '../support/tenant-misbehaviour.js';
import { CLIENT, QUESTIONS, SECRET, TOKEN } from '../support/tenant-questions.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';

/** For tests that wait for it: short, and long enough for an answer that comes at once. */
const SHORT_DEADLINE_MS = 300;

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

describe('a tenant that misbehaves is unavailable', () => {
  const HUGE_ANSWERS: readonly [string, Misbehaviour, string][] = [
    ['10 MB', { kind: 'huge', isAnnounced: false }, 'TOO_LARGE'],
    ['10 MB, announced', { kind: 'huge', isAnnounced: true }, 'TOO_LARGE'],
    ['a gzip bomb', { kind: 'gzipBomb' }, 'ENCODED'],
  ];
  const WRONG_ANSWERS: readonly [string, Misbehaviour, string][] = [
    ['a reset', { kind: 'reset' }, 'UNREACHABLE'],
    ['500', { kind: 'status', status: 500 }, 'SERVER_ERROR'],
    ['503 with a page', { kind: 'status', status: 503, text: '<html>', contentType: 'text/html' }, 'SERVER_ERROR'],
    ['404', { kind: 'status', status: 404 }, 'UNEXPECTED_STATUS'],
    ['418', { kind: 'status', status: 418 }, 'UNEXPECTED_STATUS'],
    ['no content', { kind: 'status', status: 204 }, 'MALFORMED'],
    ['an empty body', { kind: 'status', status: 200 }, 'MALFORMED'],
    ['no JSON', { kind: 'status', status: 200, text: '<html>Sign in</html>' }, 'MALFORMED'],
    ['JSON cut short', { kind: 'status', status: 200, text: '{"access_token":"a' }, 'MALFORMED'],
    ['JSON all brackets', { kind: 'status', status: 200, text: '['.repeat(60_000) }, 'MALFORMED'],
    ['null', { kind: 'status', status: 200, text: 'null' }, 'MALFORMED'],
    ['a list', { kind: 'status', status: 200, text: '[]' }, 'MALFORMED'],
    ['no members', { kind: 'status', status: 200, text: '{}' }, 'MALFORMED'],
    ['less than announced', { kind: 'truncated' }, 'INTERRUPTED'],
    ...HUGE_ANSWERS,
  ];

  describe.each(WRONG_ANSWERS)('by %s', (_, misbehaviour, reason) => {
    test.each(QUESTIONS)('%s', async (__, ask) => {
      tenant.misbehave(misbehaviour);
      expect(await ask(client, tenant.url)).toEqual({ outcome: 'UNAVAILABLE', reason, detail: expect.any(String) });
      expect(tenant.requests).toHaveLength(1);
      // It is the tenant's last answer that counts, not the one before.
      tenant.behave();
      expect((await ask(client, tenant.url)).outcome).not.toBe('UNAVAILABLE');
    });
  });

  test.each([
    ['no token', { expires_in: 1 }],
    ['an empty token', { access_token: '', expires_in: 1 }],
    ['a token with a line break', { access_token: 'a\r\nb', expires_in: 1 }],
    ['a token with a space', { access_token: 'a b', expires_in: 1 }],
    ['a token of another type', { access_token: 'a', token_type: 'MAC', expires_in: 1 }],
    ['a token beyond all measure', { access_token: 'a'.repeat(8_193), expires_in: 1 }],
    ['no lifetime', { access_token: 'a' }],
    ['a lifetime in words', { access_token: 'a', expires_in: '86400' }],
    ['a lifetime of zero', { access_token: 'a', expires_in: 0 }],
    ['a lifetime in the past', { access_token: 'a', expires_in: -1 }],
  ])('by a token response with %s', async (_, content) => {
    tenant.misbehave({ kind: 'status', status: 200, text: JSON.stringify(content) });
    expect(await client.requestToken(tenant.url, CLIENT, SECRET)).toMatchObject({ reason: 'MALFORMED' });
  });

  test.each([
    ['no word on whether it is active', { exp: 1 }],
    ['a word for it', { active: 'true', exp: 1 }],
    ['no end', { active: true }],
    ['an end in words', { active: true, exp: '1729123263000' }],
    ['an end before all time', { active: true, exp: -1 }],
    ['an end beyond all time', { active: true, exp: 1e300 }],
  ])('by an introspection with %s', async (_, content) => {
    tenant.misbehave({ kind: 'status', status: 200, text: JSON.stringify(content) });
    const answer = await client.introspectToken(tenant.url, CLIENT, SECRET, TOKEN);
    expect(answer).toMatchObject({ outcome: 'UNAVAILABLE', reason: 'MALFORMED' });
  });

  test.each([301, 302, 303, 307, 308])('by a redirect with %i, which is not followed', async (status) => {
    await using elsewhere = await startTenant();
    tenant.misbehave({ kind: 'redirect', status, location: `${elsewhere.url}/v1/users/m2m/oauth/token` });
    for (const [, ask] of QUESTIONS) {
      expect(await ask(client, tenant.url)).toMatchObject({ outcome: 'UNAVAILABLE', reason: 'REDIRECTED' });
    }
    expect(elsewhere.connections).toBe(0);
    expect(tenant.requests).toHaveLength(QUESTIONS.length);
  });

  test.each<[string, Misbehaviour]>([
    ['never answers', { kind: 'hang' }],
    ['answers a byte at a time', { kind: 'dribble', everyMs: 10 }],
    ['answers too late', { kind: 'slow', ms: 60_000 }],
  ])('where it %s: the deadline ends it', async (_, misbehaviour) => {
    tenant.misbehave(misbehaviour);
    const hasty = new TenantClient({ clock, allowLoopback: true, deadlineMs: SHORT_DEADLINE_MS });
    const answers = await Promise.all(QUESTIONS.map(([, ask]) => ask(hasty, tenant.url)));
    const timedOut = { outcome: 'UNAVAILABLE', reason: 'TIMED_OUT', detail: expect.any(String) };
    expect(answers).toEqual([timedOut, timedOut, timedOut]);
    hasty.close();
  });

  test('where nothing listens', async () => {
    const { url } = tenant;
    await tenant[Symbol.asyncDispose]();
    for (const [, ask] of QUESTIONS) {
      expect(await ask(client, url)).toEqual({ outcome: 'UNAVAILABLE', reason: 'UNREACHABLE', detail: 'ECONNREFUSED' });
    }
    tenant = await startTenant();
  });
});

describe('a server that speaks no proper HTTP makes the tenant unavailable', () => {
  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'MALFORMED'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 'MALFORMED'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n', 'MALFORMED'],
    ['headers without end', `HTTP/1.1 200 OK\r\na: ${'a'.repeat(40_000)}\r\n\r\n`, 'MALFORMED'],
    ['bytes that are no UTF-8', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"\u00ff"\n', 'MALFORMED'],
    [
      'another protocol than was asked for',
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
      'INTERRUPTED',
    ],
    ['more bytes announced than are read', 'HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n', 'TOO_LARGE'],
    ['a bad chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 'INTERRUPTED'],
  ])('%s', async (_, answer, reason) => {
    await using stack = new AsyncDisposableStack();
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')));
    });
    stack.defer(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    const answered = await client.requestToken(`http://127.0.0.1:${port}` as TenantUrl, CLIENT, SECRET);
    expect(answered).toMatchObject({ outcome: 'UNAVAILABLE', reason });
  });
});
