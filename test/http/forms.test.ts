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
    ['an unknown parameter twice', `token=${token}&a=1&a=1`],
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

  test.each(['application/json', 'text/plain', 'application/x-www-form-urlencodedx', 'form', ';', ''])(
    'under the Content-Type "%s"',
    async (type) => {
      const headers = { ...authorization, ...(type === '' ? {} : { 'content-type': type }) };
      const answer = await post(`${gateway.url}${STANDARD.introspect}`, headers, `token=${token}`);
      expectOAuthFailure(answer, 400, 'invalid_request');
    },
  );
});

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
