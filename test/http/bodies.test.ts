import { afterAll, describe, expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.js';
import { basic, createMachine, requestToken } from '../support/machine.js';
import { sendRaw } from '../support/raw-http.js';
import { authorizationOf, COMPATIBLE, expectAlive, expectFailure, introspect, jsonOf, post } from '../support/rest.js';

const gateway = await startTestGateway();
afterAll(() => gateway[Symbol.asyncDispose]());
const machine = await createMachine(gateway.client());
const token = await requestToken(gateway.url, machine);
const tokenMember = `"access_token":"${token}"`;
const introspectUrl = `${gateway.url}${COMPATIBLE.introspect}`;
const authorization = authorizationOf(machine);

const KIB_16 = 16 * 1024;

/** A good JSON body of exactly this many bytes. */
function jsonOfSize(bytes: number): string {
  const rest = bytes - Buffer.byteLength(`{${tokenMember},"padding":""}`);
  return `{${tokenMember},"padding":"${'a'.repeat(rest)}"}`;
}

function chunked(body: string, chunkSize: number): string {
  const chunks = body.match(new RegExp(`.{1,${chunkSize}}`, 'gs')) ?? [];
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
}

describe('an introspection body is refused', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const refused: [string, string | Uint8Array][] = [
    ['empty', ''],
    ['white space', ' \n'],
    ['not JSON', 'access_token'],
    ['a form', `access_token=${token}`],
    ['a JSON list', `[{${tokenMember}}]`],
    ['a JSON number', '1'],
    ['a JSON null', 'null'],
    ['a JSON text', `"${token}"`],
    ['a JSON true', 'true'],
    ['cut off', `{${tokenMember}`],
    ['with something behind it', `{${tokenMember}}}`],
    ['two documents', `{${tokenMember}}{${tokenMember}}`],
    ['with a comment', `{${tokenMember}/* */}`],
    ['with a comma too many', `{${tokenMember},}`],
    ['in single quotes', `{'access_token':'${token}'}`],
    ['behind a byte order mark', `\ufeff{${tokenMember}}`],
    ['the token twice', `{${tokenMember},${tokenMember}}`],
    ['two tokens', `{"access_token":"x",${tokenMember}}`],
    ['the token twice, once in escapes', `{${tokenMember},"\\u0061ccess\\u005ftoken":"x"}`],
    ['another member twice', `{${tokenMember},"a":1,"a":1}`],
    ['a member twice further in', `{${tokenMember},"a":[{"b":{"c":1,"c":2}}]}`],
    ['__proto__ twice', `{${tokenMember},"__proto__":1,"__proto__":2}`],
    ['the token in __proto__', `{"__proto__":{${tokenMember}}}`],
    ['the token in constructor.prototype', `{"constructor":{"prototype":{${tokenMember}}}}`],
    ['not UTF-8', Buffer.concat([Buffer.from(`{${tokenMember},"a":"`), Uint8Array.of(0xc3, 0x28), Buffer.from('"}')])],
    ['UTF-16', Buffer.from(`{${tokenMember}}`, 'utf16le')],
    ['twenty thousand lists deep', `{${tokenMember},"a":${nested(20_000)}}`],
    ['eight thousand lists deep', `{${tokenMember},"a":${nested(8000)}}`],
    ['two thousand objects deep', `{${tokenMember},"a":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`],
    ['a member twice, both with texts that look like names', `{${tokenMember},"a":"\\":","a":"\\":"}`],
    ['a member twice, the first full of members', `{${tokenMember},"a":{"b":1,"c":2},"a":1}`],
    ['sixteen thousand lists deep and cut off', `{${tokenMember},"a":${'['.repeat(16_000)}`],
  ];
  test.each(refused)('%s', async (_what, body) => {
    expectFailure(await introspect(gateway.url, machine, body), 400, 'invalid_request');
    await expectAlive(gateway.url);
  });
});

describe('an introspection body is taken', () => {
  const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
  test.each([
    ['with white space', ` \r\n{ ${tokenMember} }\t`],
    ['the token in escapes', `{"\\u0061ccess_token":"${token.replace('_', '\\u005f')}"}`],
    ['with a harmless __proto__', `{${tokenMember},"__proto__":{"access_token":1},"constructor":null}`],
    ['with one name in two objects', `{${tokenMember},"a":{"x":1},"b":{"x":1}}`],
    ['thirty lists deep', `{${tokenMember},"a":${nested('[', ']', 30)}}`],
    ['thirty objects deep', `{${tokenMember},"a":${nested('{"a":', '}', 30).replace(':}', ':1}')}}`],
    ['with what looks like names in its texts', `{${tokenMember},"a":"\\":\\":",":":"\\\\"}`],
  ])('%s', async (_what, body) => {
    const answer = await introspect(gateway.url, machine, body);
    expect([answer.status, jsonOf(answer).active]).toEqual([200, true]);
    expect(Object.hasOwn(Object.prototype, 'access_token')).toBe(false);
    await expectAlive(gateway.url);
  });
});

describe('16 KiB is the limit', () => {
  test.each([
    [KIB_16, true],
    [KIB_16 + 1, false],
    [KIB_16 * 64, false],
  ])('for a JSON body of %i bytes', async (bytes, taken) => {
    const body = jsonOfSize(bytes);
    expect(Buffer.byteLength(body)).toBe(bytes);
    const request = { method: 'POST', target: COMPATIBLE.introspect };
    const headers = [
      ['authorization', basic(machine.clientId, machine.secret)],
      ['content-type', 'application/json'],
    ] as const;
    for (const answer of [
      await sendRaw(gateway.url, { ...request, headers: [...headers, ['content-length', String(bytes)]], body }),
      await sendRaw(gateway.url, {
        ...request,
        headers: [...headers, ['transfer-encoding', 'chunked']],
        body: chunked(body, 1000),
      }),
    ]) {
      if (taken) expect([answer.status, jsonOf(answer).active]).toEqual([200, true]);
      else expectFailure(answer, 400, 'invalid_request');
    }
    await expectAlive(gateway.url);
  });

  test.each([
    [KIB_16, 200],
    [KIB_16 + 1, 400],
  ])('for a token request with a body of %i bytes: %i', async (bytes, status) => {
    const answer = await post(`${gateway.url}${COMPATIBLE.token}`, authorization, 'a'.repeat(bytes));
    expect(answer.status).toBe(status);
    if (status === 400) expectFailure(answer, 400, 'invalid_request');
  });
});

describe('the Content-Type of an introspection', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'Application/JSON',
    'application/json ; v=1',
  ])('%s is taken', async (type) => {
    const answer = await post(introspectUrl, { ...authorization, 'content-type': type }, `{${tokenMember}}`);
    expect([answer.status, jsonOf(answer).active]).toEqual([200, true]);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'application/json-patch+json',
    'multipart/form-data; boundary=x',
    'json',
    '; charset=utf-8',
  ])('%s is a bad request', async (type) => {
    const answer = await post(introspectUrl, { ...authorization, 'content-type': type }, `{${tokenMember}}`);
    expectFailure(answer, 400, 'invalid_request');
  });
});

test('JSON that is as deep as a body can be is refused on /graphql too', async () => {
  const headers = { authorization: `Bearer ${gateway.bearer()}`, 'content-type': 'application/json' };
  const body = `{"query":"{ viewer { id } }","variables":{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`;
  expect((await post(`${gateway.url}/graphql`, headers, body)).status).toBe(400);
  await expectAlive(gateway.url);
});
