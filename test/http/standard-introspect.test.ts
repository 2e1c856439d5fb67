import { afterAll, expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine, requestToken } from '../support/machine.js';
import { authorizationOf, expectOAuthFailure, JSON_TYPE, jsonOf, postForm, STANDARD } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

const clock = new TestClock(Date.UTC(2026, 0, 1, 0, 0, 0, 987));
const gateway = await startTestGateway({ clock });
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const token = await requestToken(gateway.url, machine);
const introspectUrl = `${gateway.url}${STANDARD.introspect}`;

test('an active token is described as RFC 7662 says, instants in whole seconds', async () => {
  const answer = await postForm(introspectUrl, { token }, authorizationOf(machine));
  expect(answer.status).toBe(200);
  expect(jsonOf(answer)).toEqual({
    active: true,
    client_id: machine.clientId,
    sub: machine.clientId,
    scope: 'm2m:introspect',
    token_type: 'Bearer',
    iat: Date.UTC(2026, 0, 1) / 1000,
    exp: Date.UTC(2026, 0, 2) / 1000,
    iss: gateway.url,
  });
  expect(answer.headers.get('content-type')).toMatch(JSON_TYPE);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

test('a client that puts its secret into the form may introspect too', async () => {
  const credentials = { client_id: machine.clientId, client_secret: machine.secret };
  expect(jsonOf(await postForm(introspectUrl, { token, ...credentials }))).toMatchObject({ active: true });
  expectOAuthFailure(
    await postForm(introspectUrl, { token, ...credentials }, authorizationOf(machine)),
    400,
    'invalid_request',
  );
});

test.each(['access_token', 'refresh_token', 'nonsense'])('the hint %s changes nothing', async (hint) => {
  const answer = await postForm(introspectUrl, { token, token_type_hint: hint }, authorizationOf(machine));
  expect(jsonOf(answer)).toMatchObject({ active: true });
});

test('a request without a token is a bad request', async () => {
  for (const parameters of ['', 'token=', `access_token=${token}`, `token_type_hint=access_token`]) {
    const answer = await postForm(introspectUrl, parameters, authorizationOf(machine));
    expectOAuthFailure(answer, 400, 'invalid_request');
  }
});

test('a client that does not prove itself learns nothing of a token', async () => {
  const refused: Record<string, string>[] = [
    {},
    { authorization: basic(machine.clientId, 'wrong') },
    { authorization: basic('lkid_unknown', machine.secret) },
  ];
  for (const headers of refused) {
    for (const asked of [token, 'unknown']) {
      const answer = await postForm(introspectUrl, { token: asked }, headers);
      expectOAuthFailure(answer, 401, 'invalid_client');
      expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"');
    }
  }
});

test('whoever presents a bearer with the scope m2m:introspect may introspect', async () => {
  const asked = await requestToken(gateway.url, await createMachine(gateway.client()));
  const expected = jsonOf(await postForm(introspectUrl, { token: asked }, authorizationOf(machine)));
  expect(expected).toMatchObject({ active: true });
  for (const bearer of [token, gateway.bearer('ADMIN'), gateway.bearer()]) {
    for (const scheme of ['Bearer', 'bearer']) {
      const headers = { authorization: `${scheme} ${bearer}` };
      expect(jsonOf(await postForm(introspectUrl, { token: asked }, headers))).toEqual(expected);
      expect((await postForm(introspectUrl, { token: 'unknown' }, headers)).text).toBe('{"active":false}');
    }
  }
});

test("a bearer of another organisation learns nothing of this one's tokens", async () => {
  const headers = { authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` };
  expect((await postForm(introspectUrl, { token }, headers)).text).toBe('{"active":false}');
});

test('a bearer that is no good is refused as RFC 6750 says, and is never taken for one that was good before', async () => {
  const revoked = await requestToken(gateway.url, machine);
  const asRevoked = { authorization: `Bearer ${revoked}` };
  for (let asked = 0; asked < 3; asked++) {
    expect(jsonOf(await postForm(introspectUrl, { token }, asRevoked))).toMatchObject({ active: true });
  }
  await postForm(`${gateway.url}${STANDARD.revoke}`, { token: revoked }, authorizationOf(machine));
  for (const authorization of [asRevoked.authorization, 'Bearer unknown', 'Bearer', 'Bearer one two']) {
    const answer = await postForm(introspectUrl, { token }, { authorization });
    expectOAuthFailure(answer, 401, 'invalid_token');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
  }
});

test('a bearer beside another way to authenticate is refused', async () => {
  const headers = { authorization: `Bearer ${token}` };
  const { clientId: client_id, secret: client_secret } = machine;
  expectOAuthFailure(
    await postForm(introspectUrl, { token, client_id, client_secret }, headers),
    400,
    'invalid_request',
  );
  expectOAuthFailure(await postForm(introspectUrl, { token }, { ...headers, accesskey: 'x' }), 400, 'invalid_request');
});

test('both introspection paths end a token in the same second', async () => {
  const answer = await postForm(introspectUrl, { token }, authorizationOf(machine));
  expect(Number(jsonOf(answer).exp) - Number(jsonOf(answer).iat)).toBe(86_400);
});
