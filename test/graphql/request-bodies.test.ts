import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { sendRaw } from '../support/raw-http.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());
// Whatever a test has sent, the next caller is served.
afterEach(async () => {
  expect((await requestGraphql(gateway.url, { body: { query: '{ __typename }' } })).text.trim()).toBe(ANSWER);
});

const ANSWER = '{"data":{"__typename":"Query"}}';
const GOOD = '{"query":"{ __typename }"}';
/** A good operation in exactly so many bytes. */
const ofBytes = (bytes: number) => GOOD.replace('}"}', `${' '.repeat(bytes - GOOD.length)}}"}`);

describe('a body that is no operation is refused with 400 and says why', () => {
  test.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
    ['empty', '', /body is empty/],
    ['spaces', '   ', /not JSON/],
    ['half an object', '{"query":', /not JSON/],
    ['a document without JSON around it', '{ __typename }', /not JSON/],
    ['a form', 'query=%7B__typename%7D', /not JSON/],
    ['a byte order mark', `\uFEFF${GOOD}`, /not JSON/],
    ['a number that JSON does not know', '{"query":"{ __typename }","variables":{"a":NaN}}', /not JSON/],
    ['bytes that are not UTF-8', new Uint8Array([...Buffer.from(GOOD), 0xff]), /UTF-8/],
    ['UTF-16', new Uint8Array(Buffer.from(GOOD, 'utf16le')), /not JSON|UTF-8/],
    ['two queries', '{"query":"{ __typename }","query":"{ viewer { id } }"}', /repeats a member/],
    ['two queries, one of them escaped', '{"query":"{ __typename }","\\u0071uery":"{ viewer { id } }"}', /repeats/],
    ['two tokens among the variables', '{"query":"{ __typename }","variables":{"t":"a","t":"b"}}', /repeats a member/],
    ['null', 'null', /./],
    ['a text', '"{ __typename }"', /./],
    ['a number', '1', /./],
    ['an empty object', '{}', /./],
    ['no query', '{"operationName":"A"}', /./],
    ['a query that is null', '{"query":null}', /./],
    ['a query that is a list', '{"query":["{ __typename }"]}', /./],
    ['an empty query', '{"query":""}', /./],
    ['variables that are a list', '{"query":"{ __typename }","variables":[1]}', /./],
    ['variables that are a text', '{"query":"{ __typename }","variables":"{}"}', /./],
    ['an operation name that is a number', '{"query":"{ __typename }","operationName":1}', /./],
    ['extensions that are a list', '{"query":"{ __typename }","extensions":[]}', /./],
    [
      'an operation name that is none',
      '{"query":"query A { __typename }","operationName":"B"}',
      /no operation of this name/,
    ],
  ])('%s', async (_what, body, message) => {
    const answer = await requestGraphql(gateway.url, {
      headers: { accept: 'application/graphql-response+json' },
      body,
    });

    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('"data"');
    expect(codesOf(answer)).toEqual([expect.stringMatching(/^(BAD_USER_INPUT|GRAPHQL_PARSE_FAILED)$/)]);
    expect(answer.errors[0]?.message).toMatch(message);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('the hash of a document in its place is refused: no document is kept for later', async () => {
  const persistedQuery = { version: 1, sha256Hash: 'a'.repeat(64) };
  const answer = await requestGraphql(gateway.url, { body: { extensions: { persistedQuery } } });

  expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
  expect(answer.errors[0]?.message).toBe('PersistedQueryNotSupported');
});

test.each([
  ['one operation', `[${GOOD}]`],
  ['two operations', `[${GOOD},${GOOD}]`],
  ['nothing', '[]'],
])('a batch of %s is refused as a whole', async (_what, body) => {
  const answer = await requestGraphql(gateway.url, { body });

  expect([answer.status, codesOf(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
  expect(answer.errors[0]?.message).toMatch(/batch|JSON object/i);
  expect(answer.text).not.toContain('"data"');
});

describe('64 KiB is the limit', () => {
  test('a body of 65,536 bytes is read', async () => {
    const answer = await requestGraphql(gateway.url, { body: ofBytes(65_536) });

    expect([answer.status, answer.text.trim()]).toEqual([200, ANSWER]);
  });

  test.each([65_537, 1_000_000])('a body of %i bytes is refused with 413', async (bytes) => {
    const answer = await requestGraphql(gateway.url, { body: ofBytes(bytes) });

    expect([answer.status, codesOf(answer)]).toEqual([413, ['BAD_USER_INPUT']]);
    expect(answer.errors[0]?.message).toMatch(/larger than/);
  });

  test('a body of 65,537 bytes that does not say so beforehand is refused with 413', async () => {
    const body = ofBytes(65_537);
    const answer = await sendRaw(gateway.url, {
      method: 'POST',
      target: '/graphql',
      headers: [
        ['content-type', 'application/json'],
        ['transfer-encoding', 'chunked'],
      ],
      body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    });

    expect([answer.status, answer.text]).toEqual([413, expect.stringContaining('BAD_USER_INPUT')]);
  });
});

describe('the Content-Type', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json ; foo=bar; charset=utf-8',
    'application/json; charset=utf8',
    'application/json; charset=UTF8',
    'application/json; charset=unicode-1-1-utf-8',
  ])('%s is taken', async (contentType) => {
    const answer = await requestGraphql(gateway.url, { headers: { 'content-type': contentType }, body: GOOD });

    expect([answer.status, answer.text.trim()]).toEqual([200, ANSWER]);
  });

  // What a page of another origin may send without asking first is among them.
  test.each([
    'text/plain',
    'text/plain; charset=utf-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/graphql+json',
    'application/jsonp',
    'application/json-patch+json',
    'application/json, text/plain',
    'text/plain, application/json',
    'text/plain; application/json',
    'json',
    '*/*',
    'application/*',
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
  ])('%s is refused with 415', async (contentType) => {
    const answer = await requestGraphql(gateway.url, { headers: { 'content-type': contentType }, body: GOOD });

    expect([answer.status, codesOf(answer)]).toEqual([415, ['BAD_USER_INPUT']]);
    expect(answer.errors[0]?.message).toMatch(/application\/json|UTF-8/);
    expect(answer.text).not.toContain('"data"');
  });

  test.each<[string, [string, string][]]>([
    ['none', []],
    ['an empty one', [['content-type', '']]],
  ])('%s is refused with 415', async (_what, headers) => {
    const answer = await sendRaw(gateway.url, {
      method: 'POST',
      target: '/graphql',
      headers: [...headers, ['content-length', String(GOOD.length)], ['apollo-require-preflight', '1']],
      body: GOOD,
    });

    expect([answer.status, answer.text]).toEqual([415, expect.stringContaining('BAD_USER_INPUT')]);
  });
});

test('a body in a Content-Encoding is not unpacked: it is refused', async () => {
  const body = new Uint8Array(
    await new Response(new Blob([GOOD]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer(),
  );
  const answer = await requestGraphql(gateway.url, { headers: { 'content-encoding': 'gzip' }, body });

  expect([answer.status, codesOf(answer)]).toEqual([415, ['BAD_USER_INPUT']]);
  expect(answer.errors[0]?.message).toContain('gzip');
  expect(answer.headers.get('accept-encoding')).toBe('identity');
});

test.each(['identity', 'Identity'])('a body in the Content-Encoding %s is read', async (coding) => {
  const answer = await requestGraphql(gateway.url, { headers: { 'content-encoding': coding }, body: GOOD });

  expect([answer.status, answer.text.trim()]).toEqual([200, ANSWER]);
});

test.each([
  ['a Content-Encoding', { headers: { 'content-encoding': 'sk-0123456789abcdef' }, body: GOOD }],
  ['a charset', { headers: { 'content-type': 'application/json; charset=sk-0123456789abcdef' }, body: GOOD }],
  ['an operation name', { body: { query: 'query A { __typename }', operationName: 'sk-0123456789abcdef' } }],
])('what nobody knows as %s is not named: it may be a misplaced secret', async (_what, request) => {
  const answer = await requestGraphql(gateway.url, request);

  expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
  expect(answer.text).not.toContain('0123456789abcdef');
});

test('a refusal that Apollo would let clients keep for a while forbids storage like every answer', async () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } };
  const answer = await requestGraphql(gateway.url, { body: { extensions } });

  expect([codesOf(answer), answer.headers.get('cache-control')]).toEqual([['BAD_USER_INPUT'], 'no-store']);
});

test('a charset that is not read is named', async () => {
  const headers = { 'content-type': 'application/json; charset=latin1' };
  const answer = await requestGraphql(gateway.url, { headers, body: GOOD });

  expect([answer.status, answer.errors[0]?.message]).toEqual([415, expect.stringContaining('latin1')]);
});

describe('the answer is of the media type that the client weighs most, and its status is of that type', () => {
  const JSON_TYPE = 'application/json';
  const RESPONSE_TYPE = 'application/graphql-response+json';
  test.each<[accept: string, type: string]>([
    [JSON_TYPE, JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['text/html, */*;q=0.1', JSON_TYPE],
    [RESPONSE_TYPE, RESPONSE_TYPE],
    ['Application/GraphQL-Response+JSON', RESPONSE_TYPE],
    [`${RESPONSE_TYPE}; charset=utf-8`, RESPONSE_TYPE],
    [`${JSON_TYPE}, ${RESPONSE_TYPE}`, RESPONSE_TYPE],
    [`${RESPONSE_TYPE}, ${JSON_TYPE};q=0.9`, RESPONSE_TYPE],
    [`${RESPONSE_TYPE};q=0.5, */*;q=0.1`, RESPONSE_TYPE],
    [`${RESPONSE_TYPE};q=0.5, ${JSON_TYPE}; Q=0.9`, JSON_TYPE],
    [`${JSON_TYPE}, ${RESPONSE_TYPE};q=0`, JSON_TYPE],
    [`multipart/mixed;deferSpec=20220824, ${JSON_TYPE}`, JSON_TYPE],
    [`*/*, ${JSON_TYPE};q=0`, RESPONSE_TYPE],
  ])('%s', async (accept, type) => {
    const ask = (body: string | object) => requestGraphql(gateway.url, { headers: { accept }, body });
    const refused = [
      await ask({ query: '{' }),
      await ask({ query: '{ nowhere }' }),
      await ask({ query: 'query A { __typename }', operationName: 'B' }),
      await ask({ query: 'query ($a: Int!) { auditEvents(first: $a) { edges { cursor } } }', variables: { a: 'x' } }),
    ];
    for (const answer of [await ask(GOOD), ...refused]) {
      expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    }
    const status = type === JSON_TYPE ? 200 : 400;
    expect(refused.map((answer) => answer.status)).toEqual([status, status, status, status]);
  });
});

test.each(['image/png', 'application/json;q=0', '*/*;q=0', 'multipart/mixed;deferSpec=20220824'])(
  'nothing is run for a client that accepts no media type of ours: %s',
  async (accept) => {
    const created =
      'mutation { createConnection(input: { name: "unwanted", authenticationType: OAUTH }) { __typename } }';
    const headers = { authorization: `Bearer ${gateway.bearer()}` };
    const answer = await requestGraphql(gateway.url, { headers: { ...headers, accept }, body: { query: created } });
    expect(answer.status).toBe(406);
    const { data } = await requestGraphql(gateway.url, { headers, body: { query: '{ connections { name } }' } });
    expect(JSON.stringify(data)).not.toContain('unwanted');
  },
);

test('an Accept that nothing of ours satisfies is refused with 406', async () => {
  const answer = await requestGraphql(gateway.url, { headers: { accept: 'image/png' }, body: GOOD });

  expect([answer.status, codesOf(answer)]).toEqual([406, ['BAD_USER_INPUT']]);
});
