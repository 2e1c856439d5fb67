import { buildSubgraphSchema } from '@apollo/subgraph';
import { isInterfaceType, isObjectType, parse, print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { CALLERS, type CallerSet, createCallers } from '../support/callers.js';
import { captureLog } from '../support/captured-log.js';
import { rootFieldsOf, SHAPES } from '../support/field-documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, type RawAnswer, requestGraphql } from '../support/graphql-http.js';

const log = captureLog();
let gateway: TestGateway;
let callers: CallerSet;
beforeAll(async () => {
  gateway = await startTestGateway({ logger: log.logger });
  callers = await createCallers(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

const RESPONSE_TYPE = 'application/graphql-response+json';

function get(search: Record<string, string> | URLSearchParams, headers?: Record<string, string>): Promise<RawAnswer> {
  return requestGraphql(gateway.url, { search, headers: headers ?? { ...callers.headers.SUPER_ADMIN } });
}

/** All of an answer that a client reads, but for what differs with the instant. */
function shown({ status, text }: RawAnswer): unknown {
  const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown };
  return { status, data, errors };
}

test('a query by GET has the answer of the same query by POST, for every caller and every open field', async () => {
  const schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
  const fields = rootFieldsOf(schema).filter(
    ({ operation, name }) => operation === 'query' && !name.startsWith('introspect'),
  );
  const shape = SHAPES['with variables'];
  for (const caller of CALLERS.filter((one) => one !== 'anonymous')) {
    for (const field of fields) {
      const body = shape?.(field) ?? { query: '' };
      const search = { query: body.query, variables: JSON.stringify(body.variables ?? {}) };
      const headers = { ...callers.headers[caller], accept: RESPONSE_TYPE };

      expect({ field: field.name, ...(shown(await get(search, headers)) as object) }).toEqual({
        field: field.name,
        ...(shown(await requestGraphql(gateway.url, { headers, body })) as object),
      });
    }
  }
  expect(fields.map(({ name }) => name)).toContain('connections');
});

test('it may name one of several operations', async () => {
  const query = 'query A { viewer { id } } query B { viewer { role } }';

  expect((await get({ query, operationName: 'B' })).data).toEqual({ viewer: { role: 'SUPER_ADMIN' } });
});

test.each([
  ['no header', {}],
  ['a cookie', { cookie: 'session=1' }],
  ["Apollo's own header", { 'apollo-require-preflight': 'true', 'x-apollo-operation-name': 'A' }],
  ['a JSON Content-Type', { 'content-type': 'application/json' }],
])('with %s alone, which a page of another site could have sent, it is refused with 401', async (_what, headers) => {
  const answer = await get({ query: '{ __typename }' }, headers);

  expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
  expect(answer.errors[0]?.message).toMatch(/by GET needs a credential in the Authorization or accesskey header; POST/);
});

test('a credential that browsers add by themselves does not suffice', async () => {
  const answer = await get({ query: '{ __typename }' }, { authorization: `Basic ${btoa('someone:something')}` });

  expect([answer.status, codesOf(answer)]).toEqual([401, ['UNAUTHENTICATED']]);
});

describe.each(['application/json', RESPONSE_TYPE])('in %s', (accept) => {
  test('a mutation is refused with 405, and nothing has changed', async () => {
    const { connectionId: id } = callers.oauth;
    const query = `mutation { disableConnection(id: "${id}") { __typename } }`;
    const answer = await get({ query }, { ...callers.headers.SUPER_ADMIN, accept });

    expect([answer.status, answer.headers.get('allow'), codesOf(answer)]).toEqual([405, 'POST', ['BAD_USER_INPUT']]);
    const { data } = await get({ query: `{ connection(id: "${id}") { status } }` });
    expect(data).toEqual({ connection: { status: 'ACTIVE' } });
  });

  test.each<[string, Record<string, string>]>([
    ['as a literal', { query: '{ introspectToken(token: "secret-1") { active } }' }],
    ['by an alias', { query: '{ viewer: introspectToken(token: "secret-1") { active } }' }],
    ['in a list', { query: '{ introspectTokens(tokens: ["secret-1"]) { active } }' }],
    [
      'in a fragment',
      { query: '{ ...A } fragment A on Query { ... { introspectToken(token: "secret-1") { active } } }' },
    ],
    [
      'as a variable',
      { query: 'query ($t: String!) { introspectToken(token: $t) { active } }', variables: '{"t":"secret-1"}' },
    ],
    [
      'as a variable of the wrong type',
      { query: 'query ($t: String!) { introspectToken(token: $t) { active } }', variables: '{"t":["secret-1"]}' },
    ],
    ['as a default', { query: 'query ($t: String! = "secret-1") { introspectToken(token: $t) { active } }' }],
    [
      'in the operation that is not asked for',
      {
        query: 'query A { viewer { id } } query B { introspectToken(token: "secret-1") { active } }',
        operationName: 'A',
      },
    ],
    ['behind @skip', { query: '{ introspectToken(token: "secret-1") @skip(if: true) { active } viewer { id } }' }],
  ])('a token in the URL, %s, is refused with 405 and a sentence', async (_how, search) => {
    const answer = await get(search, { ...callers.headers.SUPER_ADMIN, accept });

    expect([answer.status, answer.headers.get('allow'), codesOf(answer)]).toEqual([405, 'POST', ['BAD_USER_INPUT']]);
    expect(answer.errors[0]?.message).toMatch(
      /^introspectTokens?\(tokens?:\) is a secret and must not stand in a URL: send this operation by POST\.$/,
    );
    expect(answer.text).not.toMatch(/"data"|secret-1/);
  });
});

test('every argument that is called like a secret is tagged as one', async () => {
  const schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const args = types.flatMap((type) => Object.values(type.getFields()).flatMap((field) => field.args));
  const secrets = args.filter(({ name }) => /token(?!Id$)|secret|password|key$/i.test(name));

  expect(secrets.map(({ name }) => name)).toEqual(expect.arrayContaining(['token', 'tokens', 'clientSecret']));
  for (const { astNode } of secrets) expect(astNode && print(astNode)).toContain('@tag(name: "secret")');
});

test.each<[string, Record<string, string> | URLSearchParams, RegExp]>([
  ['no query', {}, /query/],
  ['variables that are not JSON', { query: '{ __typename }', variables: '{' }, /variables parameter is not JSON/],
  ['empty variables', { query: '{ __typename }', variables: '' }, /variables parameter is empty/],
  ['variables that are a list', { query: '{ __typename }', variables: '[1]' }, /variables.*JSON-encoded object/],
  // Apollo reads what such a string holds; only what stands outside of it was checked.
  [
    'variables that are JSON in a string of JSON',
    { query: '{ __typename }', variables: JSON.stringify('{"a":1,"a":2}') },
    /variables.*JSON-encoded object/,
  ],
  ['a variable twice', { query: '{ __typename }', variables: '{"a":1,"a":2}' }, /variables parameter repeats a member/],
  ['extensions that are not JSON', { query: '{ __typename }', extensions: 'x' }, /extensions parameter is not JSON/],
  ['two queries', new URLSearchParams('query={__typename}&query={viewer{id}}'), /query is repeated; send it once/],
])('%s is refused with 400 and says why', async (_what, search, message) => {
  const answer = await get(search, { ...callers.headers.SUPER_ADMIN, accept: RESPONSE_TYPE });

  expect([answer.status, codesOf(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
  expect(answer.errors[0]?.message).toMatch(message);
});

test('no answer may be stored, and no line of the log has anything of the URL', async () => {
  const answer = await get({ query: 'query Tell { viewer { telltale: id } }' });
  const refused = await get({ query: 'query Tell { telltale }' });

  expect([answer.status, refused.status]).toEqual([200, 200]);
  expect([answer, refused].map(({ headers }) => headers.get('cache-control'))).toEqual(['no-store', 'no-store']);
  expect(log.lines.filter(({ method }) => method === 'GET').length).toBeGreaterThan(0);
  expect(log.text).not.toMatch(/telltale|secret-1|query=/);
});

test('methods that are neither GET nor POST are told so', async () => {
  const answer = await requestGraphql(gateway.url, { method: 'PUT', headers: { ...callers.headers.SUPER_ADMIN } });

  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
});
