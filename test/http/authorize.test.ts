import { afterAll, describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { generateSecret } from '../../src/lib/secrets.js';
import { DisableConnectionDocument, RevokeTokenDocument, SetAllowedCidrsDocument } from '../generated/graphql.js';
import { CALLERS, createCallers } from '../support/callers.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, requestToken } from '../support/machine.js';
import { sendRaw } from '../support/raw-http.js';
import { type Answer, expectFailure, send } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const { headers, oauth, accessKey } = await createCallers(gateway);
const TOKEN = headers['MACHINE by access token'];

type Headers = Readonly<Record<string, string>>;

/** Asks as nginx does: the sub-request is a GET, whatever the call is. */
function ask(credential: Headers, method: string, uri: string, url = gateway.url): Promise<Answer> {
  return send(`${url}/v1/authorize`, {
    headers: { ...credential, 'x-original-method': method, 'x-original-uri': uri },
  });
}

function latchkeyHeaders(answer: Answer): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('x-latchkey-')));
}

describe('a call that may be made is a 200 that says who makes it', () => {
  test.each([
    ['ADMIN', 'GET', 'tester', 'ADMIN'],
    ['SUPER_ADMIN', 'DELETE', 'tester', 'SUPER_ADMIN'],
    ['MACHINE by access token', 'POST', oauth.clientId, 'MACHINE'],
    ['MACHINE by access key', 'PUT', accessKey.connectionId, 'MACHINE'],
  ] as const)('%s, %s', async (caller, method, principal, role) => {
    const answer = await ask(headers[caller], method, '/v1/data/objects/Company/1?x=1');

    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(latchkeyHeaders(answer)).toEqual({
      'x-latchkey-principal': principal,
      'x-latchkey-role': role,
      'x-latchkey-organization': 'default',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('of its own organisation', async () => {
    const other = { authorization: `Bearer ${gateway.bearer('ADMIN', 'other')}` };
    expect(latchkeyHeaders(await ask(other, 'GET', '/v1/x'))).toMatchObject({ 'x-latchkey-organization': 'other' });
  });

  test('a name that no header can hold is percent-encoded, so that it cannot be another’s', async () => {
    const bearers = new AdminTokens(gateway.keyRing, systemClock);
    const principalOf = async (subject: string) => {
      const bearer = bearers.issue({ subject, role: 'ADMIN', organizationId: 'default', lifetimeMs: 60_000 });
      const answer = await ask({ authorization: `Bearer ${bearer.reveal()}` }, 'GET', '/v1/x');
      return answer.headers.get('x-latchkey-principal');
    };
    expect(await principalOf('auth0|5f7c8e@clients')).toBe('auth0|5f7c8e@clients');
    expect(await principalOf('Zoë 🚀\r\nx-latchkey-role: SUPER_ADMIN%')).toBe(
      'Zo%C3%AB%20%F0%9F%9A%80%0D%0Ax-latchkey-role:%20SUPER_ADMIN%25',
    );
    expect(await principalOf('half \ud83d')).toBe('half%20%EF%BF%BD');
  });

  test('what the caller says of itself is neither believed nor repeated', async () => {
    const forged = {
      'x-latchkey-principal': 'root',
      'x-latchkey-role': 'SUPER_ADMIN',
      'x-latchkey-organization': 'other',
      'x-latchkey-refusal': 'none',
      'x-latchkey-more': '1',
    };
    expect(latchkeyHeaders(await ask({ ...forged, ...headers.ADMIN }, 'GET', '/v1/x'))).toEqual({
      'x-latchkey-principal': 'tester',
      'x-latchkey-role': 'ADMIN',
      'x-latchkey-organization': 'default',
    });
    expect(latchkeyHeaders(await ask(forged, 'GET', '/v1/x'))).toEqual({});
  });
});

describe('a call that may not be made', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s by an admin: 403, for the role', async (method) => {
    const answer = await ask(headers.ADMIN, method, '/v1/data/objects/Company');
    expectFailure(answer, 403, 'forbidden');
    expect(latchkeyHeaders(answer)).toEqual({ 'x-latchkey-refusal': 'role' });
    expect((await ask(headers.ADMIN, method, '/v1/users/services/list')).status).toBe(method === 'POST' ? 200 : 403);
  });

  test.each(['/v1/eventManager/event', '/v1.0/api/eventManager/event'])(
    '%s with an access token: 403; with an access key it may be made',
    async (uri) => {
      const answer = await ask(TOKEN, 'POST', uri);
      expectFailure(answer, 403, 'forbidden');
      expect(latchkeyHeaders(answer)).toEqual({ 'x-latchkey-refusal': 'event-api' });
      expect((await ask(headers['MACHINE by access key'], 'POST', uri)).status).toBe(200);
    },
  );

  test.each(['/v1/a/../b', '/v1//b', '/v1/a%2fb', '/v1/%2e%2e/b', '/v1/a;b', '*', 'http://api.example/v1/x'])(
    'a path that could be another: 400: %s',
    async (uri) => {
      for (const caller of [headers.SUPER_ADMIN, TOKEN]) {
        expectFailure(await ask(caller, 'GET', uri), 400, 'invalid_request');
      }
    },
  );

  test.each(['TRACE', 'CONNECT', 'OPTIONS', 'get'])('a method that is none of ours: 400: %s', async (method) => {
    expectFailure(await ask(headers.SUPER_ADMIN, method, '/v1/x'), 400, 'invalid_request');
  });

  test('two credentials at once: 400, good as each is', async () => {
    expectFailure(await ask({ ...TOKEN, accesskey: accessKey.secret }, 'GET', '/v1/x'), 400, 'invalid_request');
  });

  test.each([
    ['none', {}, ''],
    [
      'an unknown token',
      { authorization: `Bearer ${generateSecret('accessToken').reveal()}` },
      ', error="invalid_token"',
    ],
    ['an unknown access key', { accesskey: generateSecret('accessKey').reveal() }, ''],
    [
      'a client secret',
      { authorization: `Basic ${Buffer.from(`${oauth.clientId}:${oauth.secret}`).toString('base64')}` },
      '',
    ],
  ] as const)('a credential that is %s: 401, and the scheme that is taken', async (_what, credential, error) => {
    const answer = await ask(credential, 'GET', '/v1/x');
    expectFailure(answer, 401, 'unauthorized');
    expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="latchkey"${error}`);
  });

  test('a token that was revoked, a connection that was disabled: 401 from then on', async () => {
    const admin = gateway.client();
    const machine = await createMachine(admin);
    const [first, second] = [await requestToken(gateway.url, machine), await requestToken(gateway.url, machine)];
    const statusOf = async (token: string) => (await ask({ authorization: `Bearer ${token}` }, 'GET', '/v1/x')).status;
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
    await admin.run(RevokeTokenDocument, { token: first });
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
    await admin.run(DisableConnectionDocument, { id: machine.connectionId });
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 401]);
  });
});

describe('a call is named in one of three ways', () => {
  const statusOf = async (target: string, sent: Headers, method = 'GET') =>
    (await sendRaw(gateway.url, { method, target, headers: Object.entries({ ...headers.ADMIN, ...sent }) })).status;

  test('by X-Original-Method and X-Original-URI', async () => {
    expect(await statusOf('/v1/authorize', { 'x-original-method': 'GET', 'X-Original-URI': '/v1/x' })).toBe(200);
    expect(await statusOf('/v1/authorize?a=b', { 'x-original-method': 'POST', 'x-original-uri': '/v1/x' })).toBe(403);
  });

  test('by X-Forwarded-Method and X-Forwarded-Uri', async () => {
    expect(await statusOf('/v1/authorize', { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/v1/x' })).toBe(200);
    expect(await statusOf('/v1/authorize', { 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/v1/x' })).toBe(403);
  });

  test.each([
    ['GET', '/v1/authorize/v1/x?a=/../b', 200],
    ['HEAD', '/v1/authorize/v1/x', 200],
    ['GET', '/v1/authorize/', 200],
    ['GET', `/v1/authorize/${'a'.repeat(5_000)}`, 200],
    ['POST', '/v1/authorize/v1/x', 403],
    ['POST', '/v1/authorize/v1/data/objects/query/Company', 200],
    ['PUT', '/v1/authorize/v1/x', 403],
    ['PATCH', '/v1/authorize/v1/x', 403],
    ['DELETE', '/v1/authorize/v1/x', 403],
    ['OPTIONS', '/v1/authorize/v1/x', 400],
    ['TRACE', '/v1/authorize/v1/x', 400],
    ['PROPFIND', '/v1/authorize/v1/x', 404],
    ['GET', '/v1/authorize/v1/../x', 400],
    ['GET', '/v1/authorize/../users', 400],
    ['GET', '/v1/authorize//x', 400],
    ['GET', '/v1/authorize/%2e%2e/x', 400],
    ['GET', '/v1/authorize/%zz', 400],
    ['GET', '/v1/%61uthorize/x', 400],
    ['GET', '/v1/authorizex', 404],
  ])('by its path behind /v1/authorize: %s %s: %d', async (method, target, status) => {
    const length = method === 'GET' || method === 'HEAD' ? {} : { 'content-length': '0' };
    expect(await statusOf(target, length, method)).toBe(status);
  });

  test('whatever body and Content-Type come with it', async () => {
    for (const contentType of ['application/json', 'text/plain', 'multipart/form-data', 'none of any kind']) {
      const answer = await send(`${gateway.url}/v1/authorize/v2/cockpit/cta/list`, {
        method: 'POST',
        headers: { ...headers.ADMIN, 'content-type': contentType },
        body: '{',
      });
      expect(answer.status).toBe(200);
    }
  });

  const GET_X = { method: 'GET', uri: '/v1/x' };
  const named = (prefix: string, { method, uri }: Partial<typeof GET_X>) => ({
    ...(method === undefined ? {} : { [`x-${prefix}-method`]: method }),
    ...(uri === undefined ? {} : { [`x-${prefix}-uri`]: uri }),
  });

  test.each<[what: string, target: string, sent: Headers]>([
    ['in no way', '/v1/authorize', {}],
    ['without its method', '/v1/authorize', named('original', { uri: '/v1/x' })],
    ['without its path', '/v1/authorize', named('forwarded', { method: 'GET' })],
    ['half in one way, half in another', '/v1/authorize', { 'x-original-method': 'GET', 'x-forwarded-uri': '/v1/x' }],
    ['in two ways', '/v1/authorize', { ...named('original', GET_X), ...named('forwarded', GET_X) }],
    ['in one way and half in another', '/v1/authorize', { ...named('forwarded', GET_X), 'x-original-uri': '/v1/y' }],
    ['by its path and by headers', '/v1/authorize/v1/x', named('original', GET_X)],
    ['by its path and by half of the headers', '/v1/authorize/v1/x', { 'x-forwarded-uri': '/v1/x' }],
    ['with empty headers', '/v1/authorize', named('original', { method: '', uri: '' })],
  ])('%s: 400, since part of it may be the caller’s own word', async (_what, target, sent) => {
    expect(await statusOf(target, sent)).toBe(400);
  });

  test('and once: a header that is repeated is refused', async () => {
    for (const repeated of ['x-original-uri', 'x-original-method']) {
      const sent = { ...headers.SUPER_ADMIN, 'x-original-method': 'GET', 'x-original-uri': '/v1/x' };
      const answer = await sendRaw(gateway.url, {
        method: 'GET',
        target: '/v1/authorize',
        headers: [...Object.entries(sent), [repeated, repeated.endsWith('uri') ? '/v1/x' : 'GET']],
      });
      expectFailure(answer, 400, 'invalid_request');
    }
  });
});

describe('calls are counted', () => {
  test('one for each that is allowed, whoever makes it, and none for one that is refused', async () => {
    const clock = new TestClock();
    await using limited = await startTestGateway({ clock, config: { limits: limitsOf({ perMinute: 5 }) } });
    const callers = await createCallers(limited);
    const call = (caller: (typeof CALLERS)[number], method = 'GET', uri = '/v1/x') =>
      ask(callers.headers[caller], method, uri, limited.url);

    // One of the five was the request for the token.
    for (const [index, caller] of CALLERS.slice(1).entries()) {
      expect((await call('ADMIN', 'POST')).status).toBe(403);
      expect((await call('SUPER_ADMIN', 'GET', '//')).status).toBe(400);
      expect((await call('anonymous')).status).toBe(401);
      const answer = await call(caller);
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([
        200,
        `"minute";r=${3 - index};t=60, "day";r=${49_998 - index};t=86460`,
      ]);
      expect(answer.headers.get('ratelimit-policy')).toBe('"minute";q=5;w=60, "day";q=50000;w=86400');
    }
    const refused = await call('MACHINE by access key');
    expectFailure(refused, 429, 'rate_limited');
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(latchkeyHeaders(refused)).toEqual({});
    // What is refused by a rule is not refused by a limit.
    expect((await call('ADMIN', 'POST')).status).toBe(403);
    clock.advance(60_000);
    expect((await call('MACHINE by access key')).status).toBe(200);
  });

  test('refused credentials draw on the budget of their address: after a hundred in a minute, 429', async () => {
    await using limited = await startTestGateway({ clock: new TestClock(), config: { limits: limitsOf() } });
    const fail = () => ask({ accesskey: generateSecret('accessKey').reveal() }, 'GET', '/v1/x', limited.url);
    for (let times = 0; times < 100; times++) expect((await fail()).status).toBe(401);
    expectFailure(await fail(), 429, 'rate_limited');
    const good = { authorization: `Bearer ${limited.bearer('ADMIN')}` };
    expect((await ask(good, 'GET', '/v1/x', limited.url)).status).toBe(200);
  });
});

test('from outside the allow list of its connection each of its credentials is refused: 403, for the address', async () => {
  const admin = gateway.client();
  for (const [credential, { connectionId: id }] of [
    [TOKEN, oauth],
    [headers['MACHINE by access key'], accessKey],
  ] as const) {
    await admin.run(SetAllowedCidrsDocument, { id, cidrs: ['203.0.113.0/24'] });
    const answer = await ask(credential, 'GET', '/v1/x');
    expectFailure(answer, 403, 'forbidden');
    expect(latchkeyHeaders(answer)).toEqual({ 'x-latchkey-refusal': 'address' });
    await admin.run(SetAllowedCidrsDocument, { id, cidrs: ['203.0.113.0/24', '127.0.0.1'] });
    expect((await ask(credential, 'GET', '/v1/x')).status).toBe(200);
    await admin.run(SetAllowedCidrsDocument, { id, cidrs: [] });
    expect((await ask(credential, 'GET', '/v1/x')).status).toBe(200);
  }
});
