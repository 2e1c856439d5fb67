import {
  astFromValue,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  print,
} from 'graphql';
import type { Random } from '../../support/seeded-random.js';
import { valueFor } from './argument-values.js';
import { anyOf, oneIn, type World } from './world.js';

/** An operation as a client would send it. */
export interface Operation {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

const LEVELS = 6;
/** What stands beside the operation that is asked for. */
const OTHERS = [
  'query Other { __typename }',
  'mutation Third { __typename }',
  'subscription Fourth { connectionChanged { connectionId } }',
];

/** Writes documents that are valid by construction: every field, argument and type of the schema can come up. */
export class DocumentWriter {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  readonly #world: World;
  readonly #variables = new Map<string, { readonly type: string; readonly value: unknown }>();
  readonly #fragments: string[] = [];
  #fieldsLeft: number;
  #named = 0;

  constructor(schema: GraphQLSchema, random: Random, world: World) {
    this.#schema = schema;
    this.#random = random;
    this.#world = world;
    this.#fieldsLeft = random.pick([5, 20, 20, 60, 200]);
  }

  write(): Operation {
    const isMutation = oneIn(this.#random, 3);
    const type = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType();
    const selections = this.#selections(type as GraphQLNamedType, LEVELS, isMutation ? 3 : 5);
    return this.#operation(isMutation ? 'mutation' : 'query', selections, OTHERS);
  }

  /** A subscription whose events have the connection's id, whatever else they have. */
  writeSubscription(): Operation {
    const type = this.#schema.getSubscriptionType() as GraphQLObjectType;
    const { name, type: result } = anyOf(this.#random, Object.values(type.getFields()));
    const alias = oneIn(this.#random, 2) ? 'news: ' : '';
    const field = () =>
      `${alias}${name} { connectionId ${this.#selections(getNamedType(result), LEVELS - 1).slice(1, -1)} }`;
    // Under the same response name it is the same field.
    const fields = oneIn(this.#random, 8) ? `${field()} ${field()}` : field();
    return this.#operation('subscription', this.#rooted(type.name, fields), OTHERS.slice(0, 2));
  }

  /** A subscription's only field, itself or in fragments: the root takes neither `@skip` nor `@include`. */
  #rooted(type: string, fields: string): string {
    const kind = this.#random.below(6);
    if (kind === 0) return `{ ... { ${fields} } }`;
    if (kind === 1) return `{ ... on ${type} { ${fields} } }`;
    if (kind > 2) return `{ ${fields} }`;
    const name = `F${++this.#named}`;
    this.#fragments.push(`fragment ${name} on ${type} { ${fields} }`);
    return `{ ...${name} }`;
  }

  #operation(kind: string, selections: string, beside: readonly string[]): Operation {
    const declared = Array.from(this.#variables, ([name, variable]) => `$${name}: ${variable.type}`);
    const list = declared.length === 0 ? '' : `(${declared.join(', ')})`;
    const others = oneIn(this.#random, 6) ? beside : [];
    const isNamed = others.length > 0 || list !== '' || oneIn(this.#random, 2);
    const operation = `${kind}${isNamed ? ' Asked' : ''}${list} ${selections}`;
    const definitions = [operation, ...this.#fragments, ...others];
    return {
      text: (oneIn(this.#random, 2) ? definitions : definitions.reverse()).join('\n'),
      variables: Object.fromEntries(
        Array.from(this.#variables, ([name, { value }]) => [name, value]).filter(([, value]) => value !== undefined),
      ),
      operationName: isNamed && (others.length > 0 || oneIn(this.#random, 2)) ? 'Asked' : undefined,
    };
  }

  #selections(type: GraphQLNamedType, levels: number, atMost = 6): string {
    const count = 1 + this.#random.below(atMost);
    const selections = Array.from({ length: count }, () => this.#selection(type, levels));
    return `{ ${selections.join(' ')} }`;
  }

  #selection(type: GraphQLNamedType, levels: number): string {
    const kind = this.#random.below(12);
    if (kind === 0) return `__typename${this.#directives()}`;
    if (kind === 1 && levels > 0) return `...${this.#directives()} ${this.#selections(type, levels - 1)}`;
    if (kind === 2 && levels > 0)
      return `... on ${type.name}${this.#directives()} ${this.#selections(type, levels - 1)}`;
    if (kind === 3 && levels > 0) return this.#spread(type, levels);
    if (isAbstractType(type)) return this.#narrowed(type, levels);
    return this.#field(type, levels);
  }

  #narrowed(type: GraphQLNamedType & { name: string }, levels: number): string {
    const hasFields = 'getFields' in type && oneIn(this.#random, 2);
    if (hasFields || levels <= 0) return hasFields ? this.#field(type, levels) : '__typename';
    const possible = isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [];
    const one = anyOf(this.#random, possible);
    return `... on ${one.name}${this.#directives()} ${this.#selections(one, levels - 1)}`;
  }

  #spread(type: GraphQLNamedType, levels: number): string {
    const name = `F${++this.#named}`;
    this.#fragments.push(`fragment ${name} on ${type.name} ${this.#selections(type, levels - 1)}`);
    return `...${name}${this.#directives()}${oneIn(this.#random, 10) ? ` ...${name}` : ''}`;
  }

  #field(type: GraphQLNamedType, levels: number): string {
    const introspects = type === this.#schema.getQueryType() && oneIn(this.#random, 30);
    if (introspects) return '__type(name: "Connection") { name fields { name type { name } } }';
    const fields = 'getFields' in type ? (Object.values(type.getFields()) as GraphQLField<unknown, unknown>[]) : [];
    const canNest = levels > 0 && this.#fieldsLeft > 0;
    const possible = fields.filter((field) => canNest || isLeafType(getNamedType(field.type)));
    if (possible.length === 0) return '__typename';
    const field = anyOf(this.#random, possible);
    this.#fieldsLeft--;
    const result = getNamedType(field.type);
    const args = this.#args(field);
    // Two fields of one response name have to be one field: whatever could differ has a name of its own.
    const alias = args !== '' || isCompositeType(result) || oneIn(this.#random, 10) ? `a${++this.#named}: ` : '';
    const below = isCompositeType(result) ? ` ${this.#selections(result, levels - 1)}` : '';
    return `${alias}${field.name}${args}${this.#directives()}${below}`;
  }

  #args({ args }: GraphQLField<unknown, unknown>): string {
    const given = args.flatMap(({ name, type }) => {
      const value = valueFor(type, name, this.#random, this.#world);
      return value === undefined ? [] : [`${name}: ${this.#literal(type, value, name)}`];
    });
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  /** A variable, or the value itself where it is short enough to be one. */
  #literal(type: GraphQLInputType, value: unknown, argument: string): string {
    const isLong = JSON.stringify(value).length > 500;
    if (!isLong && !isOfAny(type) && oneIn(this.#random, 3)) return literalOf(value, type);
    return this.#variable(String(type), value, argument);
  }

  #variable(type: string, value: unknown, argument = 'if'): string {
    const name = `v${++this.#named}_${argument}`;
    this.#variables.set(name, { type, value });
    return `$${name}`;
  }

  #directives(): string {
    if (!oneIn(this.#random, 12)) return '';
    const condition = oneIn(this.#random, 2)
      ? this.#variable('Boolean!', oneIn(this.#random, 2))
      : this.#random.pick(['true', 'false']);
    return ` @${this.#random.pick(['include', 'skip'])}(if: ${condition})`;
  }
}

function isOfAny(type: GraphQLInputType): boolean {
  return getNamedType(type).name === '_Any';
}

function literalOf(value: unknown, type: GraphQLInputType): string {
  const node = astFromValue(value, type);
  return node ? print(node) : 'null';
}
