import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, visit } from 'graphql';
import { describe, expect, test } from 'vitest';
import { FEDERATION_LINK } from '../../src/transports/graphql/directives.js';
import { collectListSizes, MissingListSizeError } from '../../src/transports/graphql/list-size.js';
import { buildSdl } from '../../src/transports/graphql/schema.js';

function sizesOf(types: string) {
  return collectListSizes(buildSubgraphSchema([{ typeDefs: parse(`${FEDERATION_LINK}${types}`) }]));
}

const THING = 'type Thing { id: ID }';
const PAGE = `${THING} type Edge { node: Thing } type Page { edges: [Edge!]! }`;
const SIZED = '@listSize(slicingArguments: ["first"], sizedFields: ["edges"], requireOneSlicingArgument: false)';

describe('a schema that leaves the length of a list open is refused as a whole', () => {
  test.each([
    ['a list of objects', `type Query { things: [Thing!]! } ${THING}`, /Query\.things/],
    ['a list that may be null', `type Query { things: [Thing] } ${THING}`, /Query\.things/],
    ['a list in a list', `type Query { things: [[Thing]] } ${THING}`, /Query\.things/],
    ['a list of a union', `type Query { things: [Any!]! } union Any = Thing ${THING}`, /Query\.things/],
    [
      "an interface's list",
      `type Query { one: Named } interface Named { things: [Thing] } type A implements Named { things: [Thing] @listSize(assumedSize: 2) } ${THING}`,
      /Named\.things/,
    ],
    ["a page's list", `type Query { page(first: Int): Page } ${PAGE}`, /Page\.edges/],
    [
      "a page's list, where one field of two says it",
      `type Query { page(first: Int): Page ${SIZED} other(first: Int): Page } ${PAGE}`,
      /Page\.edges/,
    ],
    [
      'a list that only an argument limits which nothing checks',
      `type Query { things(count: Int): [Thing] @listSize(slicingArguments: ["count"]) } ${THING}`,
      /Query\.things/,
    ],
    ['a list of none', `type Query { things: [Thing] @listSize(assumedSize: 0) } ${THING}`, /Query\.things/],
  ])('%s', (_promise, types, naming) => {
    expect(() => sizesOf(types)).toThrow(MissingListSizeError);
    expect(() => sizesOf(types)).toThrow(naming);
  });
});

test('a list of scalars or enums is one value and needs no size', () => {
  expect(sizesOf('type Query { words: [String!]! colours: [Colour] } enum Colour { RED }').size).toBe(0);
});

test('each list of the schema is as long as the contract says', async () => {
  const sizes = collectListSizes(buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]));
  const page = { max: 100, argument: 'first', sizedFields: ['edges'] };
  const fixed = (max: number) => ({ max, argument: undefined, sizedFields: [] });

  expect(Object.fromEntries(sizes)).toEqual({
    'AccessKeyConnection.secrets': fixed(2),
    'Connection.secrets': fixed(2),
    'OAuthConnection.secrets': fixed(2),
    'OAuthConnection.tokens': page,
    'Organization.connections': fixed(16),
    'Organization.limits': fixed(2),
    'Query._entities': { max: 1_000, argument: 'representations', sizedFields: [] },
    'Query.auditEvents': page,
    'Query.connections': fixed(16),
    'Query.introspectTokens': { max: 100, argument: 'tokens', sizedFields: [] },
    'RateLimit.policies': fixed(2),
  });
});

test('no size is assumed beside an argument that has a default: WunderGraph composes no such list', async () => {
  const sdl = parse(await buildSdl());
  const assumed: string[] = [];
  visit(sdl, {
    FieldDefinition({ name, arguments: args = [], directives = [] }) {
      const [size] = directives.filter((directive) => directive.name.value === 'listSize');
      const isAssumed = size?.arguments?.some((argument) => argument.name.value === 'assumedSize');
      if (isAssumed && args.some(({ defaultValue }) => defaultValue !== undefined)) assumed.push(name.value);
    },
  });

  expect(assumed).toEqual([]);
});
