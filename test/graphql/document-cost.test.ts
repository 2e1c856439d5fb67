import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, getIntrospectionQuery, getOperationAST, parse } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { coerceOperation } from '../../src/transports/graphql/coerced-operation.js';
import { createDocumentCost, type DocumentCost } from '../../src/transports/graphql/document-cost.js';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, requestToken } from '../support/machine.js';
import { statementsOf } from '../support/statement-counter.js';

let schema: GraphQLSchema;
let documentCost: DocumentCost;
beforeAll(async () => {
  schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
  documentCost = createDocumentCost(schema);
});

function costOf(query: string, variables: Record<string, unknown> = {}, operationName?: string): number | undefined {
  const document = parse(query);
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined) throw new Error('There is no such operation.');
  const coerced = coerceOperation(schema, operation, document, variables);
  return coerced && documentCost(coerced);
}

const repeat = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const PAGE = 30;
const CONNECTIONS = 40;

test.each<[query: string, variables: Record<string, unknown>, cost: number]>([
  ['{ viewer { id } }', {}, 2],
  ['{ a: viewer { id } b: viewer { id } }', {}, 4],
  ['{ connections { id name } }', {}, CONNECTIONS + 16 * 2],
  ['{ connections { secrets { id } } }', {}, CONNECTIONS + 16 * (1 + 2)],
  ['{ connections { ... on OAuthConnection { secrets { id } } } }', {}, CONNECTIONS + 16 * (1 + 2)],
  ['{ connections { allowedCidrs } }', {}, CONNECTIONS + 16],
  ['{ introspectTokens(tokens: ["a", "b", "c"]) { active } }', {}, 1 + 3],
  ['query ($t: [String!]!) { introspectTokens(tokens: $t) { active } }', { t: ['a', 'b'] }, 1 + 2],
  ['query ($t: [String!]!) { introspectTokens(tokens: $t) { active } }', { t: [] }, 1 + 1],
  ['query ($t: [String!]!) { introspectTokens(tokens: $t) { active } }', { t: Array(500).fill('x') }, 1 + 100],
  ['{ auditEvents { edges { cursor } } }', {}, PAGE + 1 + 50],
  ['{ auditEvents { pageInfo { endCursor } } }', {}, PAGE + 2],
  ['{ auditEvents(first: 10) { edges { cursor } } }', {}, PAGE + 1 + 10],
  ['{ auditEvents(first: 1000000) { edges { cursor } } }', {}, PAGE + 1 + 100],
  ['query ($n: Int) { auditEvents(first: $n) { edges { cursor } } }', { n: 7 }, PAGE + 1 + 7],
  ['query ($n: Int) { auditEvents(first: $n) { edges { cursor } } }', {}, PAGE + 1 + 50],
  ['query ($n: Int) { auditEvents(first: $n) { edges { cursor } } }', { n: null }, PAGE + 1 + 100],
  [
    '{ a: auditEvents(first: 2) { ...P } b: auditEvents(first: 3) { ...P } } fragment P on AuditEventPage { edges { cursor } }',
    {},
    2 * (PAGE + 1) + 2 + 3,
  ],
  [
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on OAuthConnection { tokens(first: 5) { edges { cursor } } } } }',
    { r: Array(700).fill({ __typename: 'OAuthConnection', id: 'con_x' }) },
    1 + 700 * (PAGE + 1 + 5),
  ],
  ['query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', { r: Array(3_000).fill({}) }, 1 + 1_000],
  ['{ ...F ...F } fragment F on Query { viewer { ...V } } fragment V on Viewer { id role }', {}, 6],
  ['{ ... on Query { viewer { id } } ... { viewer { id } } }', {}, 4],
  ['{ __schema { types { name } } __type(name: "Query") { name } }', {}, 1_000 + 2 + 2],
  ['query ($no: Boolean!) { viewer @include(if: $no) { id } connections @skip(if: true) { id } }', { no: false }, 0],
])('%s with %o costs %i', (query, variables, cost) => {
  expect(costOf(query, variables)).toBe(cost);
});

test.each([-1, 0, -1_000_000, -2_147_483_648])(
  'a page of %i entries, which is refused when it runs, buys no credit',
  (first) => {
    const rest = 'viewer { id }';
    const literal = `{ auditEvents(first: ${first}) { edges { cursor } } ${rest} }`;
    const variable = `query ($n: Int) { auditEvents(first: $n) { edges { cursor } } ${rest} }`;
    expect(costOf(literal)).toBe(PAGE + 1 + 1 + 2);
    expect(costOf(variable, { n: first })).toBe(PAGE + 1 + 1 + 2);
  },
);

test('only the operation that runs is counted', () => {
  const both = 'query Small { viewer { id } } query Large { connections { id } }';
  expect(costOf(both, {}, 'Small')).toBe(2);
  expect(costOf(both, {}, 'Large')).toBe(CONNECTIONS + 16);
});

const TOKENS = 'tokens(first: 100) { edges { cursor node { id issuedAt expiresAt } } }';

describe('a small document that multiplies is refused before anything of it runs', () => {
  const connection = (id: string) => ({ __typename: 'OAuthConnection', id });
  test.each<[string, string, Record<string, unknown>]>([
    [
      'organisations of connections',
      `{ ${repeat(30, (i) => `a${i}: organization { ...F }`)} } fragment F on Organization { ${repeat(30, (j) => `c${j}: connections { id }`)} }`,
      {},
    ],
    [
      'tokens of the connections of tokens',
      'query ($t: [String!]!) { introspectTokens(tokens: $t) { connection { tokens(first: 100) { edges { node { id } } } } } }',
      { t: Array(100).fill('x') },
    ],
    [
      'connections of entities',
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Organization { ${repeat(7, (i) => `c${i}: connections { id }`)} } } }`,
      { r: Array(100).fill({ __typename: 'Organization', id: 'default' }) },
    ],
    [
      'pages of tokens of entities',
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on OAuthConnection { a: ${TOKENS} b: ${TOKENS} c: ${TOKENS} } } }`,
      { r: Array(700).fill(connection('con_x')) },
    ],
    [
      'pages of tokens beside a page of less than none that never runs',
      `{ x: connection(id: "none") { ... on OAuthConnection { tokens(first: -1000000) { edges { cursor } } } } connections { ... on OAuthConnection { a: ${TOKENS} b: ${TOKENS} } } }`,
      {},
    ],
    ['the schema many times', `{ ${repeat(9, (i) => `s${i}: __schema { types { fields { name } } }`)} }`, {}],
    [
      'looks into the store',
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on OAuthConnection { tokens(first: 1) { pageInfo { endCursor } } } } }`,
      { r: Array.from({ length: 900 }, (_, index) => connection(`con_${index}`)) },
    ],
  ])('%s', async (_what, query, variables) => {
    const limits = limitsOf({ perMinute: 1_000, perDay: 10_000 });
    await using gateway = await startTestGateway({ config: { limits } });
    const statements = await statementsOf(async () => {
      const { data, errors, headers } = await gateway.client().send(query, variables);
      expect(data).toBeUndefined();
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
      expect(errors?.[0]?.message).toMatch(/fields to resolve.*at most 9000 are allowed/);
      expect(headers.get('ratelimit')).toBeNull();
    });
    expect(statements.filter((text) => /from "(connections|access_tokens)"/.test(text))).toEqual([]);
  });
});

test('what is too costly is told by the status to clients of the newer media type alone', async () => {
  await using gateway = await startTestGateway();
  const send = async (accept: string) => {
    const headers = { authorization: `Bearer ${gateway.bearer('ADMIN')}`, accept };
    return (
      await gateway.client(headers).send(`{ connections { ... on OAuthConnection { a: ${TOKENS} b: ${TOKENS} } } }`)
    ).status;
  };
  expect([await send('application/json'), await send('application/graphql-response+json')]).toEqual([200, 400]);
});

test('what people and routers ask for is admitted', async () => {
  await using gateway = await startTestGateway();
  const made = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, made);
  const secrets = 'secrets { id prefix last4 state createdAt lastUsedAt expiresAt }';
  const node = 'id connectionId issuedAt expiresAt lastUsedAt';
  const fields = `id name connector authenticationType status issuer allowedCidrs createdAt createdBy updatedAt lastUsedAt ${secrets}`;
  const pageInfo = 'pageInfo { hasNextPage endCursor }';
  const connection = (first: number) =>
    `${fields} ... on OAuthConnection { clientId tokens(first: ${first}) { edges { cursor node { ${node} } } ${pageInfo} } }`;
  const documents: readonly (readonly [query: string, variables?: object])[] = [
    [
      `query ($t: String!) { ${repeat(100, (i) => `a${i}: introspectToken(token: $t) { active clientId tokenType issuedAt expiresAt connection { id name status } }`)} }`,
      { t: token },
    ],
    [
      'query ($t: [String!]!) { introspectTokens(tokens: $t) { active clientId tokenType issuedAt expiresAt connection { id name } } }',
      { t: Array(100).fill(token) },
    ],
    [`query ($id: ID!) { connection(id: $id) { ${connection(100)} } }`, { id: made.connectionId }],
    [`{ connections { ${connection(20)} } }`],
    [
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on OAuthConnection { ${fields.replace(secrets, '')} clientId } ... on Organization { id } } }`,
      {
        r: Array.from({ length: 600 }, (_, index) => ({
          __typename: 'OAuthConnection',
          id: index === 0 ? made.connectionId : `con_${index}`,
        })),
      },
    ],
    [getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true })],
    [`query Other { connections { ${connection(100)} } } query Mine { viewer { id } }`],
  ];
  for (const [query, variables] of documents) {
    const operationName = query.includes('Mine') ? 'Mine' : undefined;
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.bearer('ADMIN')}` },
      body: JSON.stringify({ query, variables, operationName }),
    });
    expect((await response.json()) as object, query).not.toHaveProperty('errors');
  }
});

test('more than a thousand representations of entities are refused before any is looked up', async () => {
  await using gateway = await startTestGateway();
  const representations = Array.from({ length: 1_001 }, (_, index) => ({
    __typename: 'OAuthConnection',
    id: `c${index}`,
  }));
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on OAuthConnection { id } } }';
  const statements = await statementsOf(async () => {
    const refused = await gateway.client().send(query, { r: representations });
    expect(refused.errors?.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      ['_entities takes at most 1000 representations; 1001 were sent.', 'BAD_USER_INPUT'],
    ]);
  });
  expect(statements.filter((text) => /from "connections"/.test(text))).toEqual([]);
  expect((await gateway.client().send(query, { r: representations.slice(1) })).errors).toBeUndefined();
});

test('the connections of an organisation are read once, however often a request asks for them', async () => {
  await using gateway = await startTestGateway();
  await createMachine(gateway.client());
  const query = `{ ${repeat(90, (i) => `a${i}: organization { connections { id } }`)} }`;
  const statements = await statementsOf(async () => {
    const { errors } = await gateway.client().send(query);
    expect(errors).toBeUndefined();
  });
  expect(statements.filter((text) => /from "connections"/.test(text))).toHaveLength(1);
});
