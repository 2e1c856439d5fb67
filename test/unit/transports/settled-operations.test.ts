import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { expect, test } from 'vitest';
import { fragmentsOf } from '../../../src/transports/graphql/coerced-operation.js';
import { SettledOperations } from '../../../src/transports/graphql/settled-operations.js';

const FOUR_TIMES = [{}, {}, {}, {}];

/** How often an operation that is sent with each of these variables is checked. */
function checksOf(text: string, sent: readonly Record<string, unknown>[] = FOUR_TIMES): number {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const coerced = { operation: operation as OperationDefinitionNode, fragments: fragmentsOf(document) };
  const settled = new SettledOperations();
  let checks = 0;
  for (const variables of sent) settled.check({ ...coerced, variables }, () => checks++);
  return checks;
}

test.each([
  ['has no variables', '{ connections { id } }'],
  ['has one value each', 'query ($t: String!) { introspectToken(token: $t) { active } }'],
  ['has one value that may be null', 'mutation ($id: ID = "x") { deleteConnection(id: $id) { __typename } }'],
  ['has many values', 'query ($a: ID!, $b: ID!, $c: ID!, $d: ID!, $e: ID!) { connection(id: $a) { id } }'],
  ['has an input', 'mutation ($i: CreateConnectionInput!) { createConnection(input: $i) { __typename } }'],
])('an operation that %s is checked until it has come twice', (_what, text) => {
  expect(checksOf(text)).toBe(2);
});

test.each([
  ['a list', 'query ($t: [String!]!) { introspectTokens(tokens: $t) { active } }'],
  [
    'more values than it is remembered for',
    'query ($a: ID, $b: ID, $c: ID, $d: ID, $e: ID) { a: connection(id: $a) { id } b: connection(id: $b) { id } }',
  ],
  ['the length of a page', 'query ($n: Int!) { auditEvents(first: $n) { edges { cursor } } }'],
  [
    'a cursor, in a fragment',
    'query ($c: String!) { ...A } fragment A on Query { auditEvents(after: $c) { edges { cursor } } }',
  ],
  ['a condition', 'query ($no: Boolean!) { connections @skip(if: $no) { id } }'],
])('an operation whose variables hold %s is checked each time', (_what, text) => {
  expect(checksOf(text)).toBe(4);
});

test('an operation is checked again for each combination of what is given, null and absent, and no more', () => {
  const text = 'query ($a: ID, $b: ID) { a: connection(id: $a) { id } b: connection(id: $b) { id } }';
  const combinations = [{ a: 'x' }, { b: 'x' }, { a: null }, { a: 'x', b: null }, {}];
  const others = [{ a: 'y' }, { b: 'y' }, { a: 'y', b: null }];
  expect(checksOf(text, [{}, ...combinations, ...combinations, ...others])).toBe(1 + combinations.length);
});

test('what was refused is checked again, and refused again', () => {
  const [operation] = parse('{ connections { id } }').definitions as [OperationDefinitionNode];
  const settled = new SettledOperations();
  const refuse = () => {
    throw new Error('too costly');
  };
  for (let sent = 0; sent < 3; sent++) {
    expect(() => settled.check({ operation, fragments: new Map(), variables: {} }, refuse)).toThrow('too costly');
  }
});
