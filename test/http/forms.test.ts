import { afterAll, describe, expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, requestToken } from '../support/machine.js';
import { authorizationOf, expectOAuthFailure, jsonOf, post, postForm, STANDARD } from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const token = await requestToken(gateway.url, machine);
const authorization = authorizationOf(machine);
const KIB_16 = 16 * 1024;

describe('a form is refused', () => {
  test.each([
    ['a parameter twice', `token=${token}&token=${token}`],
    ['a parameter twice, once percent-encoded', `token=x&%74oken=${token}`],
    ['a parameter twice, once empty', `token=${token}&token=`],
    ['an empty token', 'token='],
    ['no token', 'access_token=x'],
    ['nothing', ''],
  ])('%s', async (_what, body) => {
    const headers = { ...authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await post(`${gateway.url}${STANDARD.introspect}`, headers, body);
    expectOAuthFailure(answer, 400, 'invalid_request');
  });

  test('that is not UTF-8', async () => {
    const headers = { ...authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const body = Buffer.concat([Buffer.from(`token=${token}&a=`), Uint8Array.of(0xff)]);
    expectOAuthFailure(await post(`${gateway.url}${STANDARD.introspect}`, headers, body), 400, 'invalid_request');
  });

  test.each(['gzip', 'br', 'identity, gzip'])('with 415 in the Content-Encoding %s, which it names', async (coding) => {
    const answer = await postForm(
      `${gateway.url}${STANDARD.introspect}`,
      { token },
      { ...authorization, 'content-encoding': coding },
    );
    expectOAuthFailure(answer, 415, 'invalid_request');
    expect(jsonOf(answer).error_description).toContain(coding.split(', ').at(-1));
    expect(answer.headers.get('accept-encoding')).toBe('identity');
  });

  test.each(['application/json', 'text/plain', 'application/x-www-form-urlencodedx', 'form', ';', ''])(
    'under the Content-Type "%s"',
    async (type) => {
      const headers = { ...authorization, ...(type === '' ? {} : { 'content-type': type }) };
      const answer = await post(`${gateway.url}${STANDARD.introspect}`, headers, `token=${token}`);
      expectOAuthFailure(answer, 400, 'invalid_request');
    },
  );
});

test('parameters that are not known may be repeated, and are ignored', async () => {
  const resources = 'resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example&__proto__=1&__proto__=2';
  const granted = await postForm(
    `${gateway.url}${STANDARD.token}`,
    `grant_type=client_credentials&${resources}`,
    authorization,
  );
  expect(granted.status).toBe(200);
  const introspected = await postForm(
    `${gateway.url}${STANDARD.introspect}`,
    `token=${token}&a=1&${resources}&a=1`,
    authorization,
  );
  expect(jsonOf(introspected).active).toBe(true);
});

test.each(['grant_type', 'scope', 'client_id', 'client_secret', 'token', 'token_type_hint'])(
  'the parameter %s may not be repeated, and the refusal names it',
  async (name) => {
    const answer = await postForm(`${gateway.url}${STANDARD.token}`, `${name}=x&${name}=x`, authorization);
    expectOAuthFailure(answer, 400, 'invalid_request');
    expect(jsonOf(answer).error_description).toContain(name);
  },
);

test.each([
  ['twice', 'm2m:introspect m2m:introspect'],
  ['with spaces around it', '  m2m:introspect '],
  ['as nothing but spaces', '  '],
])('a scope is granted that is asked for %s', async (_how, scope) => {
  const answer = await postForm(
    `${gateway.url}${STANDARD.token}`,
    { grant_type: 'client_credentials', scope },
    authorization,
  );
  expect([answer.status, jsonOf(answer).scope]).toEqual([200, 'm2m:introspect']);
});

test.each(['m2m:introspect m2m:admin', 'M2M:INTROSPECT', 'm2m:introspect\tm2m:introspect'])(
  'a scope that is not offered is refused: %s',
  async (scope) => {
    const parameters = { grant_type: 'client_credentials', scope };
    const answer = await postForm(`${gateway.url}${STANDARD.token}`, parameters, authorization);
    expectOAuthFailure(answer, 400, 'invalid_scope');
  },
);

test('prototype names as form parameters are parameters like any other', async () => {
  const body = `token=${token}&__proto__=1&constructor=2&hasOwnProperty=3&toString=4`;
  const answer = await postForm(`${gateway.url}${STANDARD.introspect}`, body, authorization);
  expect(jsonOf(answer).active).toBe(true);
});

test.each([
  [KIB_16, 200],
  [KIB_16 + 1, 400],
])('16 KiB is the limit: a form of %i bytes: %i', async (bytes, status) => {
  const start = `token=${token}&padding=`;
  const answer = await postForm(
    `${gateway.url}${STANDARD.introspect}`,
    start + 'a'.repeat(bytes - start.length),
    authorization,
  );
  expect(answer.status).toBe(status);
  if (status === 400) expectOAuthFailure(answer, 400, 'invalid_request');
});
