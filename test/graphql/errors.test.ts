import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { type CallerSet, createCallers } from '../support/callers.js';
import { captureLog } from '../support/captured-log.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, type RawAnswer, requestGraphql } from '../support/graphql-http.js';
import { basic } from '../support/machine.js';
import { sendRaw } from '../support/raw-http.js';
import { TestClock } from '../support/test-clock.js';

const log = captureLog();
let gateway: TestGateway;
let callers: CallerSet;
beforeAll(async () => {
  gateway = await startTestGateway({ logger: log.logger });
  callers = await createCallers(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const VIEWER = { query: '{ viewer { id role } }' };

function ask(headers: Record<string, string>, query = VIEWER.query): Promise<RawAnswer> {
  return requestGraphql(gateway.url, { headers, body: { query } });
}

describe('a credential that is no good is refused as a whole, not taken for an anonymous caller', () => {
  const signedBy = (ring: string) =>
    new AdminTokens(KeyRing.parse(ring), systemClock)
      .issue({ subject: 'x', role: 'SUPER_ADMIN', organizationId: 'default', lifetimeMs: 60_000 })
      .reveal();
  const cases: [what: string, headers: () => Record<string, string>][] = [
    ['a bearer of nothing', () => ({ authorization: 'Bearer' })],
    ['a bearer of blanks', () => ({ authorization: 'Bearer  ' })],
    ['a bearer of words', () => ({ authorization: 'Bearer one two' })],
    ['an unknown bearer', () => ({ authorization: 'Bearer unknown' })],
    ['an unknown access token', () => ({ authorization: `Bearer lkat_${'0'.repeat(49)}` })],
    ['an access token with one character changed', () => ({ authorization: `Bearer ${callers.token.slice(0, -1)}_` })],
    ['an access key as a bearer', () => ({ authorization: `Bearer ${callers.accessKey.secret}` })],
    ['a client secret as a bearer', () => ({ authorization: `Bearer ${callers.oauth.secret}` })],
    ['an access token as an access key', () => ({ accesskey: callers.token })],
    ['an unknown access key', () => ({ accesskey: 'unknown' })],
    ['an empty access key', () => ({ accesskey: '' })],
    [
      "an admin bearer under another gateway's key",
      () => ({ authorization: `Bearer ${signedBy(KeyRing.generate())}` }),
    ],
    ['an admin bearer without its signature', () => ({ authorization: `Bearer ${gateway.bearer().split('.')[0]}.` })],
    [
      'an admin bearer of an organisation that is none',
      () => ({ authorization: `Bearer ${gateway.bearer('ADMIN', 'gone')}` }),
    ],
    ['a client id and secret by Basic', () => ({ authorization: basic(callers.oauth.clientId, callers.oauth.secret) })],
    ['a good token by Basic', () => ({ authorization: basic('x', callers.token) })],
    ['a good token by an unknown scheme', () => ({ authorization: `Token ${callers.token}` })],
    ['a good token by no scheme', () => ({ authorization: callers.token })],
  ];
  test.each(cases)('%s', async (_what, headers) => {
    for (const query of [VIEWER.query, '{ __typename }', '{ _service { sdl } }', '{ this is no document']) {
      const answer = await ask(headers(), query);

      expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
      // RFC 6750 section 3: who sent no bearer is not told that it is no good.
      const error = /^bearer/i.test(headers().authorization ?? '') ? ', error="invalid_token"' : '';
      expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="latchkey"${error}`);
      expect(answer.errors[0]?.message).toMatch(/unknown, expired or revoked|must be Bearer and one token/);
      expect(answer.text).not.toContain('"data"');
    }
  });
});

test("an admin's bearer is refused from the millisecond of its expiry", async () => {
  const clock = new TestClock();
  await using own = await startTestGateway({ clock });
  const headers = { authorization: `Bearer ${own.bearer('ADMIN')}` };
  clock.advance(3_600_000 - 1);
  expect((await requestGraphql(own.url, { headers, body: VIEWER })).errors).toEqual([]);
  clock.advance(1);
  const answer = await requestGraphql(own.url, { headers, body: VIEWER });

  expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
});

describe('more than one credential is refused with 400, though each is good', () => {
  const post = (headers: [string, string][]) => {
    const body = JSON.stringify(VIEWER);
    const all: [string, string][] = [
      ['content-type', 'application/json'],
      ['content-length', String(body.length)],
      ...headers,
    ];
    return sendRaw(gateway.url, { method: 'POST', target: '/graphql', headers: all, body });
  };
  test.each<[string, () => [string, string][]]>([
    [
      'Authorization and accesskey',
      () => [
        ['authorization', `Bearer ${callers.token}`],
        ['accesskey', callers.accessKey.secret],
      ],
    ],
    [
      'Authorization and an empty accesskey',
      () => [
        ['authorization', `Bearer ${callers.token}`],
        ['AccessKey', ''],
      ],
    ],
    [
      'two Authorizations',
      () => [
        ['authorization', `Bearer ${callers.token}`],
        ['Authorization', `Bearer ${gateway.bearer()}`],
      ],
    ],
    [
      'twice the same accesskey',
      () => [
        ['accesskey', callers.accessKey.secret],
        ['ACCESSKEY', callers.accessKey.secret],
      ],
    ],
  ])('%s', async (_what, headers) => {
    const answer = await post(headers());

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({
      errors: [{ message: expect.stringMatching(/one credential|Send one/), extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });
});

test.each([
  ['a bearer by a scheme in capitals', () => ({ authorization: `BEARER ${callers.token}` }), 'MACHINE'],
  ['an access key by a header in capitals', () => ({ ACCESSKEY: callers.accessKey.secret }), 'MACHINE'],
  ['an admin bearer', () => ({ authorization: `bearer ${gateway.bearer('ADMIN')}` }), 'ADMIN'],
])('%s is taken', async (_what, headers, role) => {
  expect((await ask(headers() as Record<string, string>)).data).toMatchObject({ viewer: { role } });
});

test('what refuses an anonymous caller says how to prove oneself', async () => {
  const answer = await ask({});

  expect(answer.errors).toMatchObject([{ path: ['viewer'], extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(answer.errors[0]?.message).toMatch(/Authorization.*accesskey/);
});

test('a scope that is lacking is named', async () => {
  const { errors } = await ask(
    { accesskey: callers.accessKey.secret },
    'mutation { revokeToken(token: "x") { __typename } }',
  );

  expect(errors).toEqual([
    expect.objectContaining({ message: expect.stringContaining('m2m:admin'), extensions: { code: 'FORBIDDEN' } }),
  ]);
});

test("what is the caller's own fault is not in the log as one of ours, and says nothing of the inside", async () => {
  const { errors: before } = log;
  const bad: [Record<string, string>, string][] = [
    [{}, '{ viewer { id } }'],
    [{ authorization: 'Bearer x' }, '{ viewer { id } }'],
    [callers.headers.ADMIN, 'mutation { revokeToken(token: "x") { __typename } }'],
    [callers.headers.ADMIN, '{ auditEvents(first: 0) { edges { cursor } } }'],
    [callers.headers.ADMIN, '{ auditEvents(after: "x") { edges { cursor } } }'],
    [callers.headers.ADMIN, '{ nowhere }'],
    [callers.headers.ADMIN, '{'],
    [callers.headers.ADMIN, 'query ($a: Int!) { auditEvents(first: $a) { edges { cursor } } }'],
    [callers.headers.ADMIN, '{ _entities(representations: [{ __typename: "Viewer" }]) { __typename } }'],
    [callers.headers.ADMIN, 'subscription { viewer { id } }'],
    [callers.headers.ADMIN, `{ introspectTokens(tokens: [${'"x",'.repeat(101)}]) { active } }`],
  ];
  const codes = new Set<string>();
  const blamedOnUs: string[] = [];
  for (const [headers, query] of bad) {
    const answer = await ask(headers, query);
    expect(answer.errors.length, query).toBeGreaterThan(0);
    for (const code of codesOf(answer)) codes.add(code);
    if (codesOf(answer).includes('INTERNAL_SERVER_ERROR')) blamedOnUs.push(query);
    for (const { extensions } of answer.errors) expect(Object.keys(extensions), query).toEqual(['code']);
    expect(answer.text).not.toMatch(/stacktrace|node_modules|\.js:/);
  }

  expect(blamedOnUs).toEqual([]);
  expect([...codes].sort()).toEqual([
    'BAD_USER_INPUT',
    'FORBIDDEN',
    'GRAPHQL_PARSE_FAILED',
    'GRAPHQL_VALIDATION_FAILED',
    'UNAUTHENTICATED',
  ]);
  expect(log.errors).toEqual(before);
});
