import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { enforceAuthorization, MissingRuleError } from '../../src/transports/graphql/authorization.js';
import { FEDERATION_LINK } from '../../src/transports/graphql/directives.js';

function toSubgraph(sdl: string): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: parse(sdl) }]);
}

describe('a schema that leaves a question open is refused as a whole', () => {
  const GOOD = 'type Query { open: String @authenticated }';
  const cases: [promise: string, sdl: string, naming: RegExp][] = [
    ['a field of Query without a rule', 'type Query { a: Int @authenticated, open: Int }', /Query\.open has no rule/],
    [
      'a field of Mutation without a rule',
      `${GOOD} type Mutation { open: Int }`,
      /Mutation\.open has no rule.*Mutation\.open is a mutation that does not require m2m:admin/,
    ],
    [
      'a field of an entity without a rule',
      `${GOOD} type Thing @key(fields: "id") { id: ID @authenticated, open: Int }`,
      /Thing\.open has no rule/,
    ],
    [
      'a field of a type that only another type leads to',
      'type Query { a: A @authenticated } type A { open: Int }',
      /A\.open has no rule/,
    ],
    [
      'a mutation that asks for less than m2m:admin',
      `${GOOD} type Mutation { weak: Int @requiresScopes(scopes: [["m2m:read"]]) }`,
      /Mutation\.weak is a mutation that does not require m2m:admin/,
    ],
    [
      'a mutation that asks for a proven caller only',
      `${GOOD} type Mutation { weak: Int @authenticated }`,
      /Mutation\.weak/,
    ],
    [
      'a mutation that takes another scope instead of m2m:admin',
      `${GOOD} type Mutation { weak: Int @requiresScopes(scopes: [["m2m:admin"], ["m2m:read"]]) }`,
      /Mutation\.weak/,
    ],
    [
      'a mutation with no list of scopes at all',
      `${GOOD} type Mutation { weak: Int @requiresScopes(scopes: []) }`,
      /Mutation\.weak/,
    ],
    [
      'a rule on an interface',
      `${GOOD} interface Named @authenticated { name: Int } type A implements Named { name: Int @authenticated }`,
      /Named has a rule, but nothing is resolved there/,
    ],
    [
      "a rule on an interface's field",
      `${GOOD} interface Named { name: Int @authenticated } type A implements Named { name: Int @authenticated }`,
      /Named has a rule, but nothing is resolved there/,
    ],
  ];
  test.each(cases)('%s', (_promise, types, naming) => {
    expect(() => enforceAuthorization(toSubgraph(`${FEDERATION_LINK}${types}`))).toThrow(MissingRuleError);
    expect(() => enforceAuthorization(toSubgraph(`${FEDERATION_LINK}${types}`))).toThrow(naming);
  });

  test.each([
    ['an input', 'input Box @authenticated { secret: Int }'],
    ["an input's field", 'input Box { secret: Int @authenticated }'],
    ['an argument', 'type A { field(secret: Int @authenticated): Int @authenticated }'],
    ['a union', 'type A { a: Int @authenticated } union Any @authenticated = A'],
    ['an enum', 'enum Colour @authenticated { RED }'],
    ['a scalar', 'scalar Money @authenticated'],
  ])('a rule on %s, where it would only seem to protect', (_place, types) => {
    expect(() => enforceAuthorization(toSubgraph(`${FEDERATION_LINK}${GOOD} ${types}`))).toThrow();
  });

  test.each([
    ['its namespaced name', FEDERATION_LINK.replace('"@authenticated", ', ''), '@federation__authenticated'],
    [
      'an imported alias',
      FEDERATION_LINK.replace('"@authenticated"', '{ name: "@authenticated", as: "@known" }'),
      '@known',
    ],
  ])('a rule by %s, which is not read, protects nothing and so is no rule', (_name, link, directive) => {
    const types = `type Query { open: Int ${directive} }`;

    expect(() => enforceAuthorization(toSubgraph(`${link}${types}`))).toThrow(/Query\.open has no rule/);
  });
});
