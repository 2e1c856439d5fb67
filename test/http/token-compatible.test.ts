import { afterAll, describe, expect, test } from 'vitest';
import { DeleteConnectionDocument, DisableConnectionDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine, isActive } from '../support/machine.js';
import { type RawRequest, sendRaw } from '../support/raw-http.js';
import {
  authorizationOf,
  COMPATIBLE,
  expectAlive,
  expectFailure,
  JSON_TYPE,
  jsonOf,
  post,
  UUID,
  withoutRequestId,
} from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const tokenUrl = `${gateway.url}${COMPATIBLE.token}`;

test('a token answer has exactly the three members of the contract, and the token works', async () => {
  const answer = await post(tokenUrl, authorizationOf(machine));
  expect(answer.status).toBe(200);
  expect(jsonOf(answer)).toEqual({
    access_token: expect.stringMatching(/^lkat_[A-Za-z0-9]{49}$/),
    token_type: 'Bearer',
    expires_in: 86_400,
  });
  expect(await isActive(gateway.url, machine, String(jsonOf(answer).access_token))).toBe(true);
});

test('a token answer may not be stored and has a request id of its own', async () => {
  const [first, second] = [
    await post(tokenUrl, authorizationOf(machine)),
    await post(tokenUrl, authorizationOf(machine)),
  ];
  expect(first.headers.get('content-type')).toMatch(JSON_TYPE);
  expect(first.headers.get('cache-control')).toBe('no-store');
  expect(first.headers.get('pragma')).toBe('no-cache');
  expect(first.headers.get('x-request-id')).toMatch(UUID);
  expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
});

test('a request id that the caller sends is not taken over', async () => {
  const answer = await post(tokenUrl, { ...authorizationOf(machine), 'x-request-id': 'mine' });
  expect(answer.headers.get('x-request-id')).toMatch(UUID);
});

test('each token request gives a new token, and the earlier ones live on', async () => {
  const issue = async () => String(jsonOf(await post(tokenUrl, authorizationOf(machine))).access_token);
  const tokens = [await issue(), await issue(), await issue()];
  expect(new Set(tokens).size).toBe(3);
  for (const token of tokens) expect(await isActive(gateway.url, machine, token)).toBe(true);
});

describe('the body and its type do not matter', () => {
  const OF_JSON = ['content-type', 'application/json'] as const;
  const OF_FORM = ['content-type', 'application/x-www-form-urlencoded'] as const;
  const length = (body: string | Uint8Array) => ['content-length', String(Buffer.byteLength(body))] as const;
  const garbage = Uint8Array.of(0, 255, 254, 123, 34, 200);
  const requests: [string, Pick<RawRequest, 'headers' | 'body'>][] = [
    ['no body, no Content-Length', {}],
    ['Content-Length 0', { headers: [length('')] }],
    ['a JSON type and no body', { headers: [OF_JSON, length('')] }],
    ['a JSON type, no body and no Content-Length', { headers: [OF_JSON] }],
    ['an empty JSON object', { headers: [OF_JSON, length('{}')], body: '{}' }],
    [
      'a form with grant_type',
      { headers: [OF_FORM, length('grant_type=client_credentials')], body: 'grant_type=client_credentials' },
    ],
    [
      'a form with another grant_type',
      { headers: [OF_FORM, length('grant_type=password')], body: 'grant_type=password' },
    ],
    ['a form with a scope', { headers: [OF_FORM, length('scope=anything')], body: 'scope=anything' }],
    ['a body that is not JSON under a JSON type', { headers: [OF_JSON, length('{"')], body: '{"' }],
    ['a body without a type', { headers: [length('grant_type')], body: 'grant_type' }],
    [
      'bytes that are no text',
      { headers: [['content-type', 'application/octet-stream'], length(garbage)], body: garbage },
    ],
    ['a chunked body', { headers: [['transfer-encoding', 'chunked']], body: '2\r\n{}\r\n0\r\n\r\n' }],
    ['a Content-Encoding', { headers: [OF_JSON, ['content-encoding', 'gzip'], length('{}')], body: '{}' }],
    ['a multipart type', { headers: [['content-type', 'multipart/form-data'], length('--')], body: '--' }],
    ['a vendor type', { headers: [['content-type', 'application/vnd.gainsight+json; v=2'], length('')] }],
    ['an empty Content-Type', { headers: [['content-type', ''], length('')] }],
    ['a Content-Type that is no media type', { headers: [['content-type', 'json'], length('{}')], body: '{}' }],
    ['a Content-Type of punctuation', { headers: [['content-type', ';;/,,'], length('')] }],
    ['two Content-Types', { headers: [OF_JSON, OF_FORM, length('')] }],
    ['an Accept that excludes JSON', { headers: [['accept', 'text/html'], length('')] }],
  ];
  test.each(requests)('%s', async (_what, request) => {
    const headers = [['authorization', basic(machine.clientId, machine.secret)] as const, ...(request.headers ?? [])];
    const answer = await sendRaw(gateway.url, { ...request, method: 'POST', target: COMPATIBLE.token, headers });
    expect({ status: answer.status, keys: Object.keys(jsonOf(answer)) }).toEqual({
      status: 200,
      keys: ['access_token', 'token_type', 'expires_in'],
    });
  });
});

test('credentials in the body or in the query are not read', async () => {
  const { clientId, secret } = machine;
  const parameters = new URLSearchParams({ client_id: clientId, client_secret: secret }).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  expectFailure(await post(tokenUrl, type, parameters), 401, 'unauthorized');
  expectFailure(await post(`${tokenUrl}?${parameters}`), 401, 'unauthorized');
});

test('a client that is unknown, disabled, deleted or has a wrong secret gets one and the same answer', async () => {
  const superAdmin = gateway.client();
  const [disabled, deleted, good] = await Promise.all([1, 2, 3].map(() => createMachine(superAdmin)));
  if (!disabled || !deleted || !good) throw new Error('unreachable');
  await superAdmin.run(DisableConnectionDocument, { id: disabled.connectionId });
  await superAdmin.run(DeleteConnectionDocument, { id: deleted.connectionId });
  const accessKey = await createMachine(superAdmin, 'ACCESS_KEY');
  const refused = {
    'an unknown client': basic('lkid_0000000000000000000000', good.secret),
    'a wrong secret': basic(good.clientId, disabled.secret),
    'a secret that is no secret': basic(good.clientId, 'x'),
    'a disabled client': basic(disabled.clientId, disabled.secret),
    'a disabled client with a wrong secret': basic(disabled.clientId, good.secret),
    'a deleted client': basic(deleted.clientId, deleted.secret),
    'the id of an access key connection': basic(accessKey.connectionId, accessKey.secret),
    'no credentials': undefined,
  };
  for (const path of [COMPATIBLE.token, COMPATIBLE.introspect]) {
    const answers = await Promise.all(
      Object.entries(refused).map(async ([what, authorization]) => {
        const headers = { 'content-type': 'application/json', ...(authorization && { authorization }) };
        return [what, await post(`${gateway.url}${path}`, headers, '{"access_token":"x"}')] as const;
      }),
    );
    const [[, first] = []] = answers;
    if (first === undefined) throw new Error('unreachable');
    expectFailure(first, 401, 'unauthorized');
    expect(first.headers.get('www-authenticate')).toBe('Basic realm="latchkey"');
    expect(Object.fromEntries(answers.map(([what, answer]) => [what, withoutRequestId(answer)]))).toEqual(
      Object.fromEntries(answers.map(([what]) => [what, withoutRequestId(first)])),
    );
  }
  await expectAlive(gateway.url);
});

test("an organisation's client cannot use another organisation's secret", async () => {
  const other = await createMachine(
    gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` }),
  );
  expectFailure(await post(tokenUrl, { authorization: basic(machine.clientId, other.secret) }), 401, 'unauthorized');
});
