import { buildSchema, type GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import type { GraphqlContext } from '../../../src/transports/graphql/context.js';
import { QueryPlans } from '../../../src/transports/graphql/query-plans.js';
import { coercedOf, executeBoth } from '../../support/both-executions.js';

const SDL = `
  interface Animal { name: String! }
  type Cat implements Animal { name: String!, lives: Int }
  type Dog implements Animal { name: String!, owner: Cat }
  enum Size { SMALL, LARGE }
  scalar Nothing
  type Query {
    cat: Cat
    cats: [Cat!]
    animals(size: Size = SMALL, limit: Int): [Animal]
    size: Size
    text: String
    required: String!
    nothing: Nothing
  }
  type Mutation { text: String }
`;
const tom = { type: 'Cat', name: 'Tom', lives: 9 };
const rex = { type: 'Dog', name: 'Rex', owner: tom };
type Resolve = NonNullable<ReturnType<GraphQLObjectType['getFields']>[string]['resolve']>;

const CONTEXT = { principal: {}, loaders: { rememberReads: () => undefined } } as unknown as GraphqlContext;

/** A schema whose root resolvers are these, or give these values. */
function schemaOf(
  values: { readonly [field: string]: unknown },
  resolveType = ({ type }: typeof tom): string | Promise<string> => type,
) {
  const schema = buildSchema(SDL);
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const value = values[field.name];
      field.resolve = typeof value === 'function' ? (value as Resolve) : () => value;
    }
  }
  Object.assign(schema.getType('Animal') as object, { resolveType });
  Object.assign(schema.getType('Nothing') as object, { serialize: () => null });
  return schema;
}

const later = <Value>(value: Value) => new Promise<Value>((resolve) => setImmediate(resolve, value));

test.each<[what: string, text: string, values: Record<string, unknown>, variables?: Record<string, unknown>]>([
  ['nothing but null', '{ cat { name } cats { name } text size }', { cats: undefined }],
  ['aliases and a type name', '{ one: cat { __typename called: name } __typename }', { cat: tom }],
  ['a list', '{ cats { name lives } }', { cats: [tom, { name: 'Kit' }] }],
  ['nulls in a list', '{ animals { name } }', { animals: [null, tom, undefined] }],
  [
    'fragments on an interface',
    '{ animals { ...A ... on Dog { owner { name } } } } fragment A on Animal { name __typename ... on Cat { lives } }',
    { animals: [rex, tom] },
  ],
  [
    'one field selected in three places',
    '{ cat { name } ...B cat { lives } } fragment B on Query { cat { lives name } }',
    { cat: tom },
  ],
  ['a promise', '{ text cat { name } size }', { cat: later(tom), text: later('late'), size: 'SMALL' }],
  ['promises in a list', '{ cats { name } }', { cats: later([later(tom), tom]) }],
  [
    'a promise below a promise',
    '{ animals { ... on Dog { owner { name } } name } }',
    { animals: later([{ ...rex, owner: later(tom) }]) },
  ],
  // biome-ignore lint/suspicious/noThenProperty: what is no Promise, but is one to graphql-js
  ['a thenable', '{ text }', { text: { then: (resolve: (text: string) => void) => resolve('then') } }],
  [
    'arguments and their defaults',
    '{ animals { name } }',
    { animals: (_: unknown, args: object) => [{ ...tom, name: JSON.stringify(args) }] },
  ],
  [
    'arguments of variables',
    'query ($size: Size, $limit: Int) { animals(size: $size, limit: $limit) { name } }',
    { animals: (_: unknown, args: object) => [{ ...tom, name: JSON.stringify(args) }] },
    { limit: 3 },
  ],
  [
    'what a resolver is told of its field',
    '{ shown: text }',
    {
      text: (...[, , , { fieldName, parentType, returnType, fieldNodes }]: Parameters<Resolve>) =>
        `${fieldName} ${parentType} ${returnType} ${fieldNodes[0]?.alias?.value}`,
    },
  ],
])('a plan answers as graphql-js does: %s', async (_what, text, values, variables = {}) => {
  const { planned, plain, errors } = await executeBoth(schemaOf(values), text, { contextValue: CONTEXT, variables });
  expect(errors).toBeUndefined();
  expect(planned).toBe(plain);
});

const fail = () => {
  throw new Error('no');
};

test.each<[what: string, text: string, values: Record<string, unknown>]>([
  ['a resolver that throws', '{ size text }', { text: fail }],
  ['a resolver that rejects', '{ text cat { name } }', { text: () => later(0).then(fail), cat: later(tom) }],
  [
    'one that rejects when another has',
    '{ text size }',
    { text: () => Promise.reject(new Error('first')), size: () => later(0).then(fail) },
  ],
  [
    'one that rejects below what came when another had',
    '{ text cats { name } }',
    { text: () => Promise.reject(new Error('first')), cats: () => later(0).then(() => [later(0).then(fail)]) },
  ],
  ['an error as a value', '{ cats { name } }', { cats: [tom, new Error('not this one')] }],
  ['a promise of an error', '{ cats { name } }', { cats: [later(new Error('not this one'))] }],
  ['null where there must be something', '{ required }', { required: null }],
  ['null in an object of a list', '{ cats { name } }', { cats: [{ lives: 1 }] }],
  [
    'an error in a list before what rejects',
    '{ animals { name } }',
    { animals: () => [new Error('first'), later(0).then(fail)] },
  ],
  ['what is no list', '{ cats { name } }', { cats: 'Tom' }],
  ['an iterable that is no array', '{ cats { name } }', { cats: new Set([tom]) }],
  ['a value that its type does not have', '{ size }', { size: 'HUGE' }],
  ['a number that is none', '{ cat { lives } }', { cat: { name: 'Tom', lives: 'nine' } }],
  ['an unknown type', '{ animals { name } }', { animals: [{ type: 'Query', name: 'Odd' }] }],
  ['a resolver that asks for its path', '{ text }', { text: (...[, , , info]: Parameters<Resolve>) => info.path.key }],
  ['a directive', '{ text @skip(if: true) size }', { size: 'LARGE' }],
  ['introspection', '{ __schema { queryType { name } } }', {}],
  ['a mutation', 'mutation { text }', { text: 'changed' }],
  ['what a scalar makes nothing of', '{ nothing }', { nothing: 1 }],
  [
    'more fields than a plan has',
    `{ ${Array.from({ length: 251 }, (_, index) => `c${index}: cat { name }`).join(' ')} }`,
    { cat: tom },
  ],
])('graphql-js executes what no plan answers: %s', async (_what, text, values) => {
  const { planned } = await executeBoth(schemaOf(values), text, { contextValue: CONTEXT, variables: {} });
  expect(planned).toBeUndefined();
});

test('a plan that has failed waits for nothing, and asks no resolver any more', async () => {
  const slow = Promise.withResolvers<object>();
  const asked: string[] = [];
  const owner = () => {
    asked.push('owner');
    return tom;
  };
  const animals = () =>
    slow.promise.then(() => [
      {
        ...rex,
        get owner() {
          return owner();
        },
      },
    ]);
  const schema = schemaOf({ animals, text: () => later(0).then(fail) });
  const coerced = coercedOf(schema, '{ animals { ... on Dog { owner { name } } } text }');

  expect(await new QueryPlans(schema).execute(coerced, CONTEXT)).toBeUndefined();
  slow.resolve({});
  await later(undefined);
  expect(asked).toEqual([]);
});

test('nobody has a plan', async () => {
  const schema = schemaOf({ text: 'x' });
  const nobody = { ...CONTEXT, principal: undefined };
  expect(await new QueryPlans(schema).execute(coercedOf(schema, '{ text }'), nobody)).toBeUndefined();
});

test('and types that are found later', async () => {
  const schema = schemaOf({ animals: [tom] }, async ({ type }) => type);
  const { planned } = await executeBoth(schema, '{ animals { name } }', { contextValue: CONTEXT, variables: {} });
  expect(planned).toBeUndefined();
});
