import { afterAll, describe, expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { sendRaw } from '../support/raw-http.js';
import {
  type Answer,
  authorizationOf,
  COMPATIBLE,
  expectAlive,
  expectFailure,
  expectOAuthFailure,
  jsonOf,
  METADATA,
  post,
  STANDARD,
  send,
  UUID,
} from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const authorization = authorizationOf(machine);

const POST_PATHS = [...Object.values(COMPATIBLE), ...Object.values(STANDARD)];
const GET_PATHS = [METADATA, '/.well-known/openid-configuration', '/livez', '/readyz'];

/** A failure in the one form of what stands at a path's prefix. */
function expectFailureAt(path: string, answer: Answer, status: number, error: string): void {
  if (/^\/oauth2(\/|$)/.test(path)) expectOAuthFailure(answer, status, error);
  else if (/^\/graphql(\/|$)/.test(path)) {
    expect([answer.status, jsonOf(answer)]).toEqual([
      status,
      { errors: [{ message: expect.any(String), extensions: { code: 'BAD_USER_INPUT' } }] },
    ]);
  } else expectFailure(answer, status, error);
}

/** Methods that fetch does not send (TRACE) or makes upper case of. */
function sendMethod(method: string, path: string): Promise<Answer> {
  return sendRaw(gateway.url, { method, target: path });
}

/** The methods that an `Allow` header names, in no order. HEAD goes without saying where there is GET. */
function allowed(answer: Answer): string[] {
  const methods = answer.headers.get('allow')?.split(/\s*,\s*/) ?? [];
  return methods.filter((method) => method !== 'HEAD').sort();
}

describe('a method that a path does not take is answered with 405 and the ones that it takes', () => {
  const wrong = [
    ...POST_PATHS.flatMap((path) =>
      ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) => [method, path, ['POST']]),
    ),
    ...GET_PATHS.flatMap((path) =>
      ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) => [method, path, ['GET']]),
    ),
    ...['PUT', 'DELETE', 'OPTIONS'].map((method) => [method, '/sign-in', ['GET', 'POST']]),
  ] as [method: string, path: string, allow: string[]][];
  test.each(wrong)('%s %s', async (method, path, allow) => {
    const answer = await sendMethod(method, path);
    expectFailureAt(path, answer, 405, 'method_not_allowed');
    expect(allowed(answer)).toEqual(allow);
  });

  test.each(POST_PATHS)('HEAD %s', async (path) => {
    const answer = await sendMethod('HEAD', path);
    expect([answer.status, answer.text]).toEqual([405, '']);
    expect(allowed(answer)).toEqual(['POST']);
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS'])('%s /graphql', async (method) => {
    const answer = await sendMethod(method, '/graphql');
    expectFailureAt('/graphql', answer, 405, 'method_not_allowed');
    expect(allowed(answer)).toContain('POST');
  });

  test.each([
    ['in absolute form', `${gateway.url}${STANDARD.token}`],
    ['with a query', `${STANDARD.token}?a=1`],
    ['with a fragment, which no client should send', `${STANDARD.token}#%c3%28`],
    ['with a character percent-encoded', STANDARD.token.replace('token', 'toke%6E')],
  ])('also %s', async (_how, target) => {
    const answer = await sendMethod('GET', target);
    expectOAuthFailure(answer, 405, 'method_not_allowed');
    expect(allowed(answer)).toEqual(['POST']);
  });

  test('also with a body, a query and credentials', async () => {
    const url = `${gateway.url}${COMPATIBLE.token}?a=1`;
    const answer = await send(url, { method: 'PUT', headers: authorization, body: '{}' });
    expectFailure(answer, 405, 'method_not_allowed');
    expect(allowed(answer)).toEqual(['POST']);
  });
});

test.each(GET_PATHS)('HEAD %s is GET without its body', async (path) => {
  const [head, get] = [await sendMethod('HEAD', path), await sendMethod('GET', path)];
  expect([head.status, head.text]).toEqual([200, '']);
  expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
});

describe('a path that is not there is answered with 404', () => {
  test.each([
    '/',
    '/favicon.ico',
    '/v1',
    '/v1/users/m2m/oauth',
    `${COMPATIBLE.token}/`,
    `/${COMPATIBLE.token}`,
    COMPATIBLE.token.toUpperCase(),
    `${COMPATIBLE.token};a=1`,
    `${COMPATIBLE.token}/../token`,
    `/.${COMPATIBLE.token}`,
    `${COMPATIBLE.token}%00`,
    COMPATIBLE.token.replace('m2m/oauth', 'm2m%2Foauth'),
    `${COMPATIBLE.introspect}/`,
    '/oauth2',
    `${STANDARD.token}/`,
    `${METADATA}/`,
    '/oauth2/authorize',
    '/oauth2x',
    '/.well-known/oauth-authorization-server/p',
    '/:a(',
    '/:a',
    '/livez*',
    '/livez*/x',
    '/*/../livez',
    '/%2a/livez',
    '/.env',
    '/__proto__',
    '/constructor',
    '/livez/',
    '/sign-in/',
    '/graphql/x',
    `/${'a'.repeat(4000)}`,
    '*',
  ])('%s', async (target) => {
    for (const method of ['GET', 'POST', 'PROPFIND']) {
      const answer = await sendRaw(gateway.url, { method, target, headers: Object.entries(authorization) });
      expectFailureAt(target, answer, 404, 'not_found');
      expect(answer.headers.has('allow')).toBe(false);
    }
  });
});

describe('a path is the same path', () => {
  test.each([
    ['with a query', `${COMPATIBLE.token}?a=1&a=2&__proto__=3`],
    ['with an empty query', `${COMPATIBLE.token}?`],
    ['with a query that is no percent-encoding', `${COMPATIBLE.token}?%zz=%`],
    ['with an unreserved character percent-encoded', COMPATIBLE.token.replace('token', 'toke%6E')],
    ['in absolute form', `${gateway.url}${COMPATIBLE.token}`],
  ])('%s', async (_what, target) => {
    const headers = [...Object.entries(authorization), ['content-length', '0'] as const];
    const answer = await sendRaw(gateway.url, { method: 'POST', target, headers });
    expect(answer.status).toBe(200);
  });
});

test.each(['/%', '/%zz', '/%c3%28', `${COMPATIBLE.token}%`, `${COMPATIBLE.token}/%e0%80%80`])(
  'a path that is no percent-encoded UTF-8 is a bad request: %s',
  async (target) => {
    for (const method of ['GET', 'POST']) {
      const answer = await sendRaw(gateway.url, { method, target });
      expectFailure(answer, 400, 'invalid_request');
    }
    await expectAlive(gateway.url);
  },
);

test('a client that takes up a connection for many requests gets an id of its own for each', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(`${gateway.url}/none`)));
  expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(50);
});
