import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { costOf } from '../../src/transports/graphql/document-cost.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine } from '../support/machine.js';
import { statementsOf } from '../support/statement-counter.js';

test.each([
  ['{ viewer { id } }', 2],
  ['{ a: viewer { id } b: viewer { id } }', 4],
  ['{ connections { id name } }', 1 + 16 * 2],
  ['{ connections { secrets { id } } }', 1 + 16 * (1 + 2)],
  ['{ introspectTokens(tokens: ["a", "b", "c"]) { active } }', 1 + 3],
  ['query ($t: [String!]!) { introspectTokens(tokens: $t) { active } }', 1 + 100],
  ['{ auditEvents { edges { cursor } } }', 1 + 50 * 2],
  ['{ auditEvents(first: 10) { edges { cursor } } }', 1 + 10 * 2],
  ['query ($n: Int) { auditEvents(first: $n) { edges { cursor } } }', 1 + 100 * 2],
  ['query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', 1 + 100],
  ['{ _entities(representations: [{}, {}]) { __typename } }', 1 + 2],
  ['{ ...F ...F } fragment F on Query { viewer { ...V } } fragment V on Viewer { id role }', 6],
  ['{ ... on Query { viewer { id } } }', 2],
  ['{ ...A } fragment A on Query { ...B } fragment B on Query { ...A viewer { id } }', 2],
])('%s costs %i', (document, cost) => {
  expect(costOf(parse(document))).toBe(cost);
});

describe('a small document that multiplies is refused before anything of it runs', () => {
  const repeat = (count: number, field: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => field(index)).join(' ');
  test.each([
    [
      'organisations of connections',
      `{ ${repeat(33, (i) => `a${i}: organization { ...F }`)} } fragment F on Organization { ${repeat(33, (j) => `c${j}: connections { id }`)} }`,
    ],
    [
      'tokens of the connections of tokens',
      'query ($t: [String!]!) { introspectTokens(tokens: $t) { connection { tokens(first: 100) { edges { node { id } } } } } }',
    ],
    [
      'connections of entities',
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Organization { ${repeat(7, (i) => `c${i}: connections { id }`)} } } }`,
    ],
  ])('%s', async (_what, query) => {
    await using gateway = await startTestGateway();
    const tokens = Array.from({ length: 100 }, () => 'x');
    const representations = [{ __typename: 'Organization', id: 'default' }];
    const { data, errors } = await gateway.client().send(query, { t: tokens, r: representations });
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(errors?.[0]?.message).toMatch(/fields to resolve.*at most 10000 are allowed/);
  });
});

test('more than a hundred representations of entities are refused before any is looked up', async () => {
  await using gateway = await startTestGateway();
  const representations = Array.from({ length: 101 }, () => ({ __typename: 'Organization', id: 'default' }));
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Organization { id } } }';
  const refused = await gateway.client().send(query, { r: representations });
  expect(refused.errors?.map(({ message, extensions }) => [message, extensions.code])).toEqual([
    ['_entities takes at most 100 representations; 101 were sent.', 'BAD_USER_INPUT'],
  ]);
  expect((await gateway.client().send(query, { r: representations.slice(1) })).errors).toBeUndefined();
});

test('the connections of an organisation are read once, however often a request asks for them', async () => {
  await using gateway = await startTestGateway();
  await createMachine(gateway.client());
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Organization { connections { id } } } }`;
  const representations = Array.from({ length: 100 }, () => ({ __typename: 'Organization', id: 'default' }));
  const statements = await statementsOf(async () => {
    const { errors } = await gateway.client().send(query, { r: representations });
    expect(errors).toBeUndefined();
  });
  expect(statements.filter((text) => /from "connections"/.test(text))).toHaveLength(1);
});
