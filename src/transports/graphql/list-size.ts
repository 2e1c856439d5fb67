import { getDirective } from '@graphql-tools/utils';
import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import { PAGE_SIZE_MAX } from '../../domain/page.js';

/** The length of a field's list, or of its page's lists. */
export interface ListSize {
  /** The most entries, whatever the argument says. */
  readonly max: number;
  /** The argument that gives the length, as a number or as a list of that length; undefined: always `max`. */
  readonly argument: string | undefined;
  /** The page's fields that hold the entries; empty if the field itself holds them. */
  readonly sizedFields: readonly string[];
}

/** The schema leaves a list unbounded: the gateway must not start. */
export class MissingListSizeError extends Error {}

export const INTROSPECTED_TOKENS_MAX = 100;
/** Routers batch the references of a whole response, possibly hundreds. */
export const REPRESENTATIONS_MAX = 1_000;

/** Lists as long as an argument's list: `@listSize` slices by numbers only, and federation declares `_entities`. */
export const SIZED_BY_LIST: ReadonlyMap<string, ListSize> = new Map([
  ['Query.introspectTokens', { max: INTROSPECTED_TOKENS_MAX, argument: 'tokens', sizedFields: [] }],
  ['Query._entities', { max: REPRESENTATIONS_MAX, argument: 'representations', sizedFields: [] }],
]);

/**
 * The list sizes by coordinate, from the finished schema's `@listSize`, which routers read too. A list of scalars or
 * enums is one value and has no size.
 * @throws MissingListSizeError if a list of objects has no size, or a size without a maximum
 */
export function collectListSizes(schema: GraphQLSchema): ReadonlyMap<string, ListSize> {
  const fields = fieldsOf(schema);
  const sizes = new Map<string, ListSize>();
  for (const { coordinate, field } of fields) {
    const size = SIZED_BY_LIST.get(coordinate) ?? declaredSize(schema, field);
    if (size !== undefined) sizes.set(coordinate, size);
  }
  const isSized = ({ coordinate, type, field }: Coordinated) => {
    if (sizes.get(coordinate)?.sizedFields.length === 0) return true;
    const pages = fields.filter((one) => getNamedType(one.field.type) === type);
    return pages.length > 0 && pages.every((one) => sizes.get(one.coordinate)?.sizedFields.includes(field.name));
  };
  const faults = fields.filter((one) => isListOfObjects(one.field) && !isSized(one));
  const ofNoMost = [...sizes].filter(([, { max }]) => !(max >= 1));
  const named = [...faults.map(({ coordinate }) => coordinate), ...ofNoMost.map(([coordinate]) => coordinate)];
  if (named.length > 0) {
    throw new MissingListSizeError(
      `The schema must say of every list of objects how long it may be. No @listSize with an assumedSize of at least 1, or sliced by first: ${named.join(', ')}.`,
    );
  }
  return sizes;
}

interface Coordinated {
  readonly coordinate: string;
  readonly type: GraphQLObjectType | GraphQLInterfaceType;
  readonly field: GraphQLField<unknown, unknown>;
}

function fieldsOf(schema: GraphQLSchema): Coordinated[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || !(isObjectType(type) || isInterfaceType(type))) return [];
    return Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, type, field }));
  });
}

function isListOfObjects({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(getNullableType(type)) && isCompositeType(getNamedType(type));
}

function declaredSize(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>): ListSize | undefined {
  const [declared] = getDirective(schema, field, 'listSize') ?? [];
  if (declared === undefined) return undefined;
  const [argument] = (declared.slicingArguments ?? []) as string[];
  return {
    // argument-limits.ts refuses a larger `first` on every field.
    max: Number(declared.assumedSize ?? (argument === 'first' ? PAGE_SIZE_MAX : 0)),
    argument,
    sizedFields: (declared.sizedFields ?? []) as string[],
  };
}
