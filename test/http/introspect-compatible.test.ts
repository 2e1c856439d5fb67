import { afterAll, describe, expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine, requestToken } from '../support/machine.js';
import { sendRaw } from '../support/raw-http.js';
import {
  authorizationOf,
  COMPATIBLE,
  expectFailure,
  introspect,
  JSON_TYPE,
  jsonOf,
  post,
  UUID,
  withoutRequestId,
} from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

const clock = new TestClock(Date.UTC(2026, 0, 1, 0, 0, 0, 123));
const gateway = await startTestGateway({ clock });
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const token = await requestToken(gateway.url, machine);
const introspectUrl = `${gateway.url}${COMPATIBLE.introspect}`;

test('an active token is described by exactly the four members of the contract, exp in milliseconds', async () => {
  const answer = await introspect(gateway.url, machine, { access_token: token });
  expect(answer.status).toBe(200);
  expect(jsonOf(answer)).toEqual({
    active: true,
    client_id: machine.clientId,
    token_type: 'Bearer',
    exp: Date.UTC(2026, 0, 2, 0, 0, 0, 123),
  });
});

test('an introspection may not be stored and has a request id of its own', async () => {
  const answers = [
    await introspect(gateway.url, machine, { access_token: token }),
    await introspect(gateway.url, machine, { access_token: token }),
  ];
  for (const { headers } of answers) {
    expect(headers.get('content-type')).toMatch(JSON_TYPE);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(UUID);
  }
  expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(2);
});

test('a client may introspect the token of another connection of its organisation, and learns whose it is', async () => {
  const proxy = await createMachine(gateway.client());
  const answer = await introspect(gateway.url, proxy, { access_token: token });
  expect(jsonOf(answer)).toMatchObject({ active: true, client_id: machine.clientId });
});

test('other members of the body are passed over', async () => {
  const body = { token: 'x', access_token: token, extra: { nested: [1, null] }, token_type_hint: 'access_token' };
  expect(jsonOf(await introspect(gateway.url, machine, body))).toMatchObject({ active: true });
});

test('a body without a Content-Type is read as JSON', async () => {
  const answer = await post(introspectUrl, authorizationOf(machine), JSON.stringify({ access_token: token }));
  expect(jsonOf(answer)).toMatchObject({ active: true });
});

test('a wrong secret and an unknown client are refused alike, whatever they ask about', async () => {
  const ask = (authorization: string, body: string) =>
    post(introspectUrl, { authorization, 'content-type': 'application/json' }, body);
  const answers = [
    await ask(basic(machine.clientId, 'wrong'), JSON.stringify({ access_token: token })),
    await ask(basic('lkid_unknown', machine.secret), JSON.stringify({ access_token: token })),
    await ask(basic(machine.clientId, 'wrong'), JSON.stringify({ access_token: 'unknown' })),
    await ask(basic(machine.clientId, 'wrong'), 'not JSON'),
  ];
  const [first] = answers;
  for (const answer of answers) {
    expectFailure(answer, 401, 'unauthorized');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"');
    expect(withoutRequestId(answer)).toEqual(first && withoutRequestId(first));
  }
});

test('whoever presents a bearer with the scope m2m:introspect may introspect, and a bad one is refused as such', async () => {
  const ask = (bearer: string) =>
    post(
      introspectUrl,
      { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      JSON.stringify({ access_token: token }),
    );
  for (const bearer of [token, gateway.bearer('ADMIN')])
    expect(jsonOf(await ask(bearer))).toMatchObject({ active: true });
  const refused = await ask('unknown');
  expectFailure(refused, 401, 'unauthorized');
  expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
});

describe('a request without a token is a bad request', () => {
  test.each([
    ['no access_token', '{}'],
    ['the name that RFC 7662 uses', JSON.stringify({ token })],
    ['another letter case', JSON.stringify({ Access_Token: token })],
    ['null', '{"access_token":null}'],
    ['a number', '{"access_token":1}'],
    ['a list', JSON.stringify({ access_token: [token] })],
    ['an object', JSON.stringify({ access_token: { access_token: token } })],
    ['true', '{"access_token":true}'],
    ['no body', ''],
  ])('%s', async (_what, body) => {
    expectFailure(await introspect(gateway.url, machine, body), 400, 'invalid_request');
  });
});

test('a bad request is a bad request only for a client that has proven itself', async () => {
  const headers = [['content-length', '0']] as const;
  const answer = await sendRaw(gateway.url, { method: 'POST', target: COMPATIBLE.introspect, headers });
  expectFailure(answer, 401, 'unauthorized');
});
