import { afterAll, describe, expect, test } from 'vitest';
import { DisableConnectionDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine, isActive } from '../support/machine.js';
import {
  authorizationOf,
  expectOAuthFailure,
  JSON_TYPE,
  jsonOf,
  postForm,
  STANDARD,
  UUID,
  withoutRequestId,
} from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const tokenUrl = `${gateway.url}${STANDARD.token}`;
const grant = { grant_type: 'client_credentials' };
const secretPost = { client_id: machine.clientId, client_secret: machine.secret };

describe('a token is granted', () => {
  test.each([
    ['by client_secret_basic', grant, authorizationOf(machine)],
    ['by client_secret_post', { ...grant, ...secretPost }, {}],
    ['for its one scope', { ...grant, scope: 'm2m:introspect' }, authorizationOf(machine)],
    ['for an empty scope, which is none', { ...grant, scope: '' }, authorizationOf(machine)],
    ['whatever unknown parameters say', { ...grant, audience: 'x', resource: 'y' }, authorizationOf(machine)],
    [
      'by Basic with the same client_id in the form',
      { ...grant, client_id: machine.clientId },
      authorizationOf(machine),
    ],
  ])('%s', async (_what, parameters: Record<string, string>, headers: Record<string, string>) => {
    const answer = await postForm(tokenUrl, parameters, headers);
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toEqual({
      access_token: expect.stringMatching(/^lkat_[A-Za-z0-9]{49}$/),
      token_type: 'Bearer',
      expires_in: 86_400,
      scope: 'm2m:introspect',
    });
    expect(await isActive(gateway.url, machine, String(jsonOf(answer).access_token))).toBe(true);
  });
});

test('a token answer is JSON that may not be stored (RFC 6749 section 5.1)', async () => {
  const { headers } = await postForm(tokenUrl, grant, authorizationOf(machine));
  expect(headers.get('content-type')).toMatch(JSON_TYPE);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
  expect(headers.get('x-request-id')).toMatch(UUID);
});

describe('a token is refused', () => {
  test.each([
    ['without a grant type', {}, 'invalid_request'],
    ['for an empty grant type', { grant_type: '' }, 'invalid_request'],
    ['for a password', { grant_type: 'password', username: 'a', password: 'b' }, 'unsupported_grant_type'],
    ['for a code', { grant_type: 'authorization_code', code: 'x' }, 'unsupported_grant_type'],
    ['for a refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'unsupported_grant_type'],
    ['for the grant in another letter case', { grant_type: 'Client_Credentials' }, 'unsupported_grant_type'],
    ['for an unknown scope', { ...grant, scope: 'read' }, 'invalid_scope'],
    ["for an admin's scope", { ...grant, scope: 'm2m:admin' }, 'invalid_scope'],
    ['for more than its scope', { ...grant, scope: 'm2m:introspect m2m:read' }, 'invalid_scope'],
    ['with a parameter twice', 'grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
  ])('%s', async (_what, parameters: Record<string, string> | string, error) => {
    expectOAuthFailure(await postForm(tokenUrl, parameters, authorizationOf(machine)), 400, error);
  });

  test.each([
    ['the header and the form', { ...grant, ...secretPost }, basic(machine.clientId, machine.secret)],
    [
      'the header and a wrong form',
      { ...grant, ...secretPost, client_secret: 'x' },
      basic(machine.clientId, machine.secret),
    ],
    ['a wrong header and the form', { ...grant, ...secretPost }, basic(machine.clientId, 'x')],
    ['a bearer and the form', { ...grant, ...secretPost }, 'Bearer x'],
  ])('where a client authenticates in two ways: %s', async (_what, parameters, authorization) => {
    expectOAuthFailure(await postForm(tokenUrl, parameters, { authorization }), 400, 'invalid_request');
  });

  test('where the form names another client than the header', async () => {
    const another = await createMachine(gateway.client());
    const parameters = { ...grant, client_id: another.clientId };
    const answer = await postForm(tokenUrl, parameters, authorizationOf(machine));
    expectOAuthFailure(answer, 400, 'invalid_request');
  });
});

test('a client that does not prove itself is invalid_client with 401 and a challenge, whatever is wrong', async () => {
  const disabled = await createMachine(gateway.client());
  await gateway.client().run(DisableConnectionDocument, { id: disabled.connectionId });
  const answers = await Promise.all([
    postForm(tokenUrl, grant),
    postForm(tokenUrl, grant, { authorization: basic(machine.clientId, 'wrong') }),
    postForm(tokenUrl, grant, { authorization: basic('lkid_unknown', machine.secret) }),
    postForm(tokenUrl, grant, authorizationOf(disabled)),
    postForm(tokenUrl, grant, { authorization: 'Bearer x' }),
    postForm(tokenUrl, grant, { authorization: 'Basic !' }),
    postForm(tokenUrl, { ...grant, ...secretPost, client_secret: 'wrong' }),
    postForm(tokenUrl, { ...grant, ...secretPost, client_id: 'lkid_unknown' }),
    postForm(tokenUrl, { ...grant, client_id: machine.clientId }),
    postForm(tokenUrl, { ...grant, client_secret: machine.secret }),
    postForm(tokenUrl, { ...grant, client_id: disabled.clientId, client_secret: disabled.secret }),
  ]);
  const [first] = answers;
  for (const answer of answers) {
    expectOAuthFailure(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"');
    expect(withoutRequestId(answer)).toEqual(first && withoutRequestId(first));
  }
});

test('who the client is comes before what it asks for', async () => {
  const parameters = { grant_type: 'password', scope: 'everything' };
  expectOAuthFailure(await postForm(tokenUrl, parameters), 401, 'invalid_client');
});

test('credentials in the URL are not read (RFC 6749 section 2.3.1)', async () => {
  const answer = await postForm(`${tokenUrl}?${new URLSearchParams(secretPost)}`, grant);
  expectOAuthFailure(answer, 401, 'invalid_client');
});

test('a percent-encoded client id and secret in the form are decoded once', async () => {
  const encoded = new URLSearchParams({ ...grant, ...secretPost }).toString().replaceAll('_', '%5F');
  const { status } = await postForm(tokenUrl, encoded);
  expect(status).toBe(200);
});
