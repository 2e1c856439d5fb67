import { getIntrospectionQuery } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, type RawAnswer, requestGraphql } from '../support/graphql-http.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

// Whatever a test has sent, the next caller is served, and no object of the process has been tampered with.
afterEach(async () => {
  expect((await ask('{ __typename }')).text.trim()).toBe('{"data":{"__typename":"Query"}}');
  expect(Reflect.ownKeys({}.constructor.prototype)).toEqual(PROTOTYPE_BEFORE);
});
const PROTOTYPE_BEFORE = Reflect.ownKeys(Object.prototype);

function ask(query: string, accept = 'application/json', variables: object = {}): Promise<RawAnswer> {
  const authorization = `Bearer ${gateway.bearer('ADMIN')}`;
  return requestGraphql(gateway.url, { headers: { authorization, accept }, body: { query, variables } });
}

const repeat = (text: (index: number) => string, times: number) =>
  Array.from({ length: times }, (_, i) => text(i)).join(' ');

const REPEATS = /repeats more fields than can be compared\. Ask for each of them once/;

/** Each is refused before anything of it runs; the message says what there was too much of. */
const REFUSED: readonly (readonly [what: string, query: string, message: RegExp])[] = [
  ['13 levels of fields', `{ ${'a { '.repeat(12)} a ${'}'.repeat(12)} }`, /13 levels of fields; at most 12/],
  [
    '13 levels of fields by fragments',
    `{ ...F0 } ${repeat((i) => `fragment F${i} on Query { a { ...F${i + 1} } }`, 13)} fragment F13 on Query { a }`,
    /14 levels of fields; at most 12/,
  ],
  ['800 levels of fields', `{ ${'a { '.repeat(800)} a ${'}'.repeat(800)} }`, /801 levels of fields; at most 12/],
  ['101 aliases', `{ ${repeat((i) => `a${i}: __typename`, 101)} }`, /101 aliases; at most 100/],
  [
    '101 aliases in fragments',
    `{ ...A ...B } fragment A on Query { ${repeat((i) => `a${i}: __typename`, 50)} } fragment B on Query { ${repeat((i) => `b${i}: __typename`, 51)} }`,
    /101 aliases; at most 100/,
  ],
  ['101 root fields', `{ ${'viewer { id } '.repeat(101)} }`, /101 root fields; at most 100/],
  [
    'six directives on one field',
    `{ __typename ${'@include(if: true) '.repeat(6)} }`,
    /6 directives on one node; at most 5/,
  ],
  ['six directives on an operation', `query ${'@a '.repeat(6)} { __typename }`, /6 directives on one node; at most 5/],
  [
    'fragments that double fifty times',
    `{ ...F0 } ${repeat((i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`, 50)} fragment F50 on Query { __typename }`,
    /fields and fragments, each counted where it is spread; at most 5000/,
  ],
  ['one field a hundred times', `{ viewer { ${'id '.repeat(100)} } }`, REPEATS],
  [
    'objects that repeat in objects that repeat',
    `{ ${'organization { connections { id id id } } '.repeat(60)} }`,
    REPEATS,
  ],
  [
    'two hundred fragments in one place',
    `{ ${repeat((i) => `...F${i}`, 200)} } ${repeat((i) => `fragment F${i} on Query { f${i} }`, 200)}`,
    REPEATS,
  ],
  [
    'one field a hundred times in a fragment that nobody spreads',
    `{ __typename } fragment F on Viewer { ${'id '.repeat(100)} }`,
    REPEATS,
  ],
  [
    'a fragment that holds itself',
    '{ ...A } fragment A on Query { __typename ...A }',
    /Cannot spread fragment "A" within itself/,
  ],
  [
    'fragments in a circle',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }',
    /Cannot spread fragment "A" within itself/,
  ],
  [
    'fragments in a circle through fields',
    '{ ...A } fragment A on Query { viewer { ...B } } fragment B on Viewer { organization { ... on Query { ...A } } }',
    /Cannot spread fragment/,
  ],
  ...['__proto__', 'constructor', 'prototype'].map(
    (name) =>
      [`${name} as an alias`, `{ ${name}: __typename }`, new RegExp(`"${name}" cannot be a response name`)] as const,
  ),
  [
    '__proto__ as an alias in a fragment',
    '{ viewer { ...A } } fragment A on Viewer { __proto__: organization { polluted: id } }',
    /"__proto__" cannot be a response name/,
  ],
  ['__proto__ as a field', '{ __proto__ { polluted: id } }', /"__proto__" cannot be a response name/],
];

describe('a document that is more than it may be is refused, in words that say why', () => {
  test.each(REFUSED)('%s', async (_what, query, message) => {
    const legacy = await ask(query);
    const current = await ask(query, 'application/graphql-response+json');

    // GraphQL over HTTP: only the newer media type tells of a bad document by the status.
    expect([legacy.status, current.status]).toEqual([200, 400]);
    for (const answer of [legacy, current]) {
      expect(answer.text).not.toContain('"data"');
      expect(new Set(codesOf(answer))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
      expect(answer.errors.map((error) => error.message)).toEqual(
        expect.arrayContaining([expect.stringMatching(message)]),
      );
    }
  });

  test('a thousand aliases of a credential check run none of them', async () => {
    const query = `{ ${repeat((i) => `a${i}: introspectToken(token: "x") { active }`, 1000)} }`;
    const answer = await ask(query, 'application/graphql-response+json');

    expect([answer.status, codesOf(answer)]).toEqual([400, ['GRAPHQL_PARSE_FAILED']]);
    expect(answer.errors[0]?.message).toMatch(/2500 tokens/);
  });

  test.each([
    ['3,000 tokens', `{ ${'__typename '.repeat(2998)} }`],
    ['3,000 tokens of directives', `{ __typename ${'@a'.repeat(1500)} }`],
    ['3,000 tokens of brackets', `{ introspectTokens(tokens: [${'[] '.repeat(1499)}`],
    ['3,000 tokens of braces', '{a'.repeat(1500)],
  ])('%s', async (_what, query) => {
    const answer = await ask(query, 'application/graphql-response+json');

    expect([answer.status, codesOf(answer)]).toEqual([400, ['GRAPHQL_PARSE_FAILED']]);
    expect(answer.errors[0]?.message).toMatch(/2500 tokens/);
  });
});

test('nothing but the limit is said of a document that is refused by one', async () => {
  const { errors } = await ask(`{ ${repeat((i) => `a${i}: nowhere`, 101)} }`);

  expect(errors.map(({ message }) => message)).toEqual([
    'The document has 101 aliases; at most 100 are allowed. Split it.',
    'The document has 101 root fields; at most 100 are allowed. Split it.',
  ]);
});

test('of several operations the one that is named runs, and what is said of none', async () => {
  const query = 'query A { __typename } query B { viewer { id } } mutation C { revokeToken(token: "") { __typename } }';
  const send = (operationName?: string) =>
    requestGraphql(gateway.url, {
      headers: { authorization: `Bearer ${gateway.bearer('ADMIN')}` },
      body: { query, operationName },
    });

  expect((await send('B')).data).toEqual({ viewer: { id: 'tester' } });
  expect((await send('A')).data).toEqual({ __typename: 'Query' });
  expect((await send()).errors.map(({ message }) => message)).toEqual([
    'Must provide operation name if query contains multiple operations.',
  ]);
});

test('a hundred aliased introspections pass', async () => {
  const answer = await ask(`{ ${repeat((i) => `a${i}: introspectToken(token: "x") { active }`, 100)} }`);

  expect(answer.errors).toEqual([]);
  expect(Object.keys(answer.data as object)).toHaveLength(100);
});

test('the deepest question that the schema has an answer to passes', async () => {
  const answer = await ask(
    '{ viewer { organization { connections { ... on OAuthConnection { tokens { edges { node { id } } } } } } } }',
  );

  expect(answer.errors).toEqual([]);
});

test('what tools ask to learn the schema passes', async () => {
  const answer = await ask(
    getIntrospectionQuery({
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
    }),
  );

  expect(answer.errors).toEqual([]);
  expect(answer.text).toContain('"CreateConnectionInput"');
});

describe('no list of errors is longer than a person reads', () => {
  test.each([
    ['fields that do not exist', `{ ${'nowhere '.repeat(90)} }`, {}],
    ['directives that do not exist', `{ ${'__typename @nowhere '.repeat(90)} }`, {}],
    ['fragments that do not exist', `{ ${repeat((i) => `...F${i}`, 1000)} }`, {}],
    ['arguments that do not exist', `{ viewer(${repeat((i) => `a${i}: 1`, 500)}) { id } }`, {}],
    [
      'variables that are none',
      'query ($tokens: [String!]!) { introspectTokens(tokens: $tokens) { active } }',
      { tokens: Array.from({ length: 100 }, (_, index) => index) },
    ],
  ])('%s', async (_what, query, variables) => {
    const answer = await ask(query, 'application/json', variables);

    expect(answer.errors.length).toBeGreaterThan(0);
    expect(answer.errors.length).toBeLessThanOrEqual(6);
  });
});

describe('a document that is small and works hard is answered or refused, not hung on', () => {
  test.each([
    ['2,490 times one field', `{ viewer { ${'id '.repeat(2490)} } }`],
    ['six hundred times one object', `{ ${'viewer{id} '.repeat(620)} }`],
    [
      'fragments that double fifty times',
      `{ ...F0 } ${repeat((i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`, 50)} fragment F50 on Query { __typename }`,
    ],
    [
      '180 fragments in a row, all of them asked for',
      `{ ${repeat((i) => `...F${i}`, 180)} } ${repeat((i) => `fragment F${i} on Query { __typename ${i < 179 ? `...F${i + 1}` : ''} }`, 180)}`,
    ],
    ['830 inline fragments in each other', `{ ${'...{ '.repeat(830)} __typename ${'}'.repeat(830)} }`],
    ['brackets that open 2,400 times', `{ introspectTokens(tokens: ${'['.repeat(2400)}`],
    [
      'a list in a list, a thousand times',
      `{ introspectTokens(tokens: ${'['.repeat(1000)}${']'.repeat(1000)}) { active } }`,
    ],
  ])('%s', async (_what, query) => {
    const answer = await ask(query, 'application/graphql-response+json');

    expect([200, 400]).toContain(answer.status);
    expect(answer.status === 200 ? [] : codesOf(answer)).not.toContain('INTERNAL_SERVER_ERROR');
    // Some word of ours, and none of the engine's alone.
    const vague = /^Validation aborted\.$|call stack/;
    if (answer.errors.length > 0) expect(answer.errors.some(({ message }) => !vague.test(message))).toBe(true);
  });
});
