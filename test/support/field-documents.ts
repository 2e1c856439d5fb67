import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  print,
} from 'graphql';

/** A field of Query or Mutation, with values for its arguments. */
export interface AskedField {
  readonly operation: 'query' | 'mutation';
  readonly name: string;
  readonly values: readonly { readonly argument: GraphQLArgument; readonly value: unknown }[];
  readonly selection: string;
}

interface GraphqlRequestBody {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** Every field of Query and Mutation but federation's own, its arguments filled: by name from `given`, else by type. */
export function rootFieldsOf(schema: GraphQLSchema, given: Readonly<Record<string, unknown>> = {}): AskedField[] {
  const fieldsOf = (operation: 'query' | 'mutation'): AskedField[] => {
    const type = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
    return Object.values(type?.getFields() ?? {})
      .filter(({ name }) => !name.startsWith('_'))
      .map((field) => askFor(operation, field, given));
  };
  return [...fieldsOf('query'), ...fieldsOf('mutation')];
}

function askFor(
  operation: 'query' | 'mutation',
  { name, args, type }: GraphQLField<unknown, unknown>,
  given: Readonly<Record<string, unknown>>,
): AskedField {
  const values = args.map((argument) => ({
    argument,
    value: argument.name in given ? given[argument.name] : (argument.defaultValue ?? someValueOf(argument.type)),
  }));
  return { operation, name, values, selection: isLeafType(getNamedType(type)) ? '' : ' { __typename }' };
}

/** A value that the type takes; undefined, which leaves the argument out, where none has to be given. */
function someValueOf(type: GraphQLInputType): unknown {
  if (!isNonNullType(type)) return undefined;
  const { ofType } = type;
  if (isListType(ofType)) return [someValueOf(ofType.ofType)];
  if (isEnumType(ofType)) return ofType.getValues()[0]?.name;
  if (isInputObjectType(ofType)) {
    const entries = Object.values(ofType.getFields()).map((field) => [field.name, someValueOf(field.type)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  return ofType.name === 'Int' ? 1 : 'absent';
}

function call({ name, values }: AskedField): string {
  const given = values.filter(({ value }) => value !== undefined);
  const literals = given.map(({ argument, value }) => {
    const literal = astFromValue(value, argument.type);
    return `${argument.name}: ${literal ? print(literal) : 'null'}`;
  });
  return literals.length === 0 ? name : `${name}(${literals.join(', ')})`;
}

function withVariables(field: AskedField): GraphqlRequestBody {
  const given = field.values.filter(({ value }) => value !== undefined);
  const declared = given.map(({ argument: { name, type } }) => `$${name}: ${type}`);
  const passed = given.map(({ argument: { name } }) => `${name}: $${name}`);
  const list = (texts: string[]) => (texts.length === 0 ? '' : `(${texts.join(', ')})`);
  return {
    query: `${field.operation} Shaped${list(declared)} { ${field.name}${list(passed)}${field.selection} }`,
    variables: Object.fromEntries(given.map(({ argument, value }) => [argument.name, value])),
  };
}

const rootOf = ({ operation }: AskedField) => (operation === 'query' ? 'Query' : 'Mutation');

/** The shapes that a document can ask for one field in: none may change who is answered. */
export const SHAPES: Readonly<Record<string, (field: AskedField) => GraphqlRequestBody>> = {
  plain: (field) => ({ query: `${field.operation} { ${call(field)}${field.selection} }` }),
  'by an alias': (field) => ({ query: `${field.operation} { harmless: ${call(field)}${field.selection} }` }),
  'by the alias of an open field': (field) => ({
    query: `${field.operation} { viewer: ${call(field)}${field.selection} }`,
  }),
  'in a named fragment': (field) => ({
    query: `fragment Part on ${rootOf(field)} { ${call(field)}${field.selection} } ${field.operation} { ...Part }`,
  }),
  'in a fragment in a fragment': (field) => ({
    query: `${field.operation} { ...Outer } fragment Outer on ${rootOf(field)} { ...Inner } fragment Inner on ${rootOf(field)} { ${call(field)}${field.selection} }`,
  }),
  'in an inline fragment': (field) => ({
    query: `${field.operation} { ... on ${rootOf(field)} { ... { ${call(field)}${field.selection} } } }`,
  }),
  'with variables': withVariables,
  'behind @include and @skip': (field) => ({
    query: `${field.operation} ($yes: Boolean!, $no: Boolean = false) { ${call(field)} @include(if: $yes) @skip(if: $no)${field.selection} }`,
    variables: { yes: true },
  }),
  'by an operation name': (field) => ({
    query: `${field.operation} Named { ${call(field)}${field.selection} }`,
    operationName: 'Named',
  }),
  'among several operations': (field) => ({
    query: `query Open { __typename } ${field.operation} Asked { ${call(field)}${field.selection} } mutation Other { __typename }`,
    operationName: 'Asked',
  }),
  'beside __typename': (field) => ({ query: `${field.operation} { __typename ${call(field)}${field.selection} }` }),
};
