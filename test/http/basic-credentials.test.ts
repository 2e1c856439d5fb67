import { afterAll, describe, expect, test } from 'vitest';
import { parseBasic } from '../../src/transports/rest/client-credentials.js';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine } from '../support/machine.js';
import { exchange, sendRaw } from '../support/raw-http.js';
import { type Answer, COMPATIBLE, expectAlive, expectFailure, jsonOf, UUID } from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const { clientId, secret } = machine;

/** Every character as %XX, as a cautious form encoder writes it. */
function percentEncode(text: string): string {
  return text.replaceAll(/./gs, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function base64(bytes: string | Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function askWith(...authorizations: string[]): Promise<Answer> {
  const headers = authorizations.map((value) => ['authorization', value] as const);
  return sendRaw(gateway.url, { method: 'POST', target: COMPATIBLE.token, headers });
}

describe('accepted', () => {
  test.each([
    ['as it stands', basic(clientId, secret)],
    ['the scheme in lower case', basic(clientId, secret).replace('Basic', 'basic')],
    ['the scheme in upper case', basic(clientId, secret).replace('Basic', 'BASIC')],
    ['two spaces behind the scheme', basic(clientId, secret).replace(' ', '  ')],
    ['the id form-encoded', basic(clientId.replace('_', '%5F'), secret)],
    ['the id form-encoded in lower case', basic(clientId.replace('_', '%5f'), secret)],
    ['the secret form-encoded', basic(clientId, secret.replace('_', '%5F'))],
    ['each character of both percent-encoded', basic(percentEncode(clientId), percentEncode(secret))],
    ['base64 without its padding', basic(clientId, secret).replace(/=+$/, '')],
  ])('%s', async (_what, authorization) => {
    const answer = await askWith(authorization);
    expect({ status: answer.status, keys: Object.keys(jsonOf(answer)) }).toEqual({
      status: 200,
      keys: ['access_token', 'token_type', 'expires_in'],
    });
  });
});

describe('refused as bad credentials', () => {
  test.each([
    ['nothing behind the scheme', 'Basic'],
    ['a space behind the scheme', 'Basic '],
    ['what is not base64', 'Basic !!!!'],
    ['base64 with something behind it', `${basic(clientId, secret)} x`],
    ['base64 twice', `${basic(clientId, secret)}, ${basic(clientId, secret)}`],
    ['padding in the middle', `Basic ${base64('a')}${base64(`${clientId}:${secret}`)}`],
    ['no colon', `Basic ${base64(clientId + secret)}`],
    ['a percent-encoded colon', `Basic ${base64(`${clientId}%3A${secret}`)}`],
    ['an empty id', basic('', secret)],
    ['an empty secret', basic(clientId, '')],
    ['both empty', basic('', '')],
    ['a colon in the secret', basic(clientId, `${secret.slice(0, 9)}:${secret.slice(9)}`)],
    ['a colon behind the secret', basic(clientId, `${secret}:`)],
    ['a plus in the id', basic(`${clientId}+`, secret)],
    ['a plus in the secret', basic(clientId, `+${secret}`)],
    ['spaces around the secret', basic(clientId, ` ${secret} `)],
    ['a percent sequence that is cut off', basic(clientId, `${secret}%`)],
    ['a percent sequence that is no hexadecimal', basic(clientId, `${secret}%zz`)],
    ['a percent sequence that is no UTF-8', basic(clientId, `${secret}%ff`)],
    ['a percent sequence encoded twice', basic(clientId.replace('_', '%255F'), secret)],
    ['a null character', basic(clientId, `${secret}\u0000`)],
    ['the id in upper case', basic(clientId.toUpperCase(), secret)],
    ['the secret in upper case', basic(clientId, secret.toUpperCase())],
    ['bytes that are no UTF-8', `Basic ${base64(Uint8Array.of(0xff, 0xfe, 0x3a, 0xff))}`],
    ['a header that is not ASCII', 'Basic é\u00a0ÿ'],
    ['id and secret in the open', `Basic ${clientId}:${secret}`],
    ['another scheme', `Digest ${base64(`${clientId}:${secret}`)}`],
    ['a bearer', `Bearer ${secret}`],
    ["an admin's bearer", `Bearer ${gateway.bearer()}`],
    ['no scheme', base64(`${clientId}:${secret}`)],
    ['an empty header', ''],
    ['four thousand characters', basic(clientId, 'a'.repeat(4000))],
    ['twelve thousand characters', basic('a'.repeat(8999), secret)],
  ])('%s', async (_what, authorization) => {
    const answer = await askWith(authorization);
    expectFailure(answer, 401, 'unauthorized');
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"');
    await expectAlive(gateway.url);
  });
});

test.each([
  ['the same twice', [basic(clientId, secret), basic(clientId, secret)]],
  ['a good one first', [basic(clientId, secret), basic(clientId, 'wrong')]],
  ['a good one last', [basic(clientId, 'wrong'), basic(clientId, secret)]],
  ['a Basic and a Bearer', [basic(clientId, secret), `Bearer ${gateway.bearer()}`]],
  ['a good one and an empty one', [basic(clientId, secret), '']],
])('two Authorization headers are a bad request: %s', async (_what, authorizations) => {
  expectFailure(await askWith(...authorizations), 400, 'invalid_request');
});

test.each([
  ['64 KB', 64 * 1024],
  ['1 MB', 1024 * 1024],
])('a header of %s is answered with 431 in our shape, each time, and the process lives', async (_what, size) => {
  const head = `POST ${COMPATIBLE.token} HTTP/1.1\r\nhost: x\r\nauthorization: Basic ${'A'.repeat(size)}\r\n\r\n`;
  for (let time = 1; time <= 10; time++) {
    const text = (await exchange(gateway.url, Buffer.from(head))).toString();
    const [statusLine] = text.split('\r\n', 1);
    expect(statusLine).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as object;
    expect(body).toEqual({ requestId: expect.stringMatching(UUID), error: 'invalid_request' });
  }
  await expectAlive(gateway.url);
});

test('only the first colon separates, and both readings of a form-encoded text are tried, decoded first', () => {
  const readingsOf = (text: string) =>
    parseBasic(`Basic ${base64(text)}`).map((reading) => [reading.clientId, reading.clientSecret.reveal()]);
  expect(readingsOf('id:a:b')).toEqual([['id', 'a:b']]);
  expect(readingsOf('id:a+b')).toEqual([
    ['id', 'a b'],
    ['id', 'a+b'],
  ]);
  expect(readingsOf('i%64:%3A')).toEqual([
    ['id', ':'],
    ['i%64', '%3A'],
  ]);
  expect(readingsOf('id:100%')).toEqual([['id', '100%']]);
});
