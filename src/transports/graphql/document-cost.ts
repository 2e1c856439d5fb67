import { getDirective } from '@graphql-tools/utils';
import {
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
} from 'graphql';
import { argumentOf, type CoercedOperation, type HasSelections, isLeftOut } from './coerced-operation.js';
import { collectListSizes, type ListSize } from './list-size.js';

/**
 * The most work an operation can cause, in fields to resolve; a document's length says nothing about its work.
 * Fragments are expanded, and a list's selections count once per possible entry. `@cost` weighs fields that ask a store.
 */
export type DocumentCost = (coerced: CoercedOperation) => number;

/** A page's lists, and the number of entries its field was asked for. */
interface Page {
  readonly lists: readonly string[];
  readonly entries: number;
}

/** Introspection reads the whole schema; a tool asks once, so a document holds a few introspections. */
const INTROSPECTION_COSTS: ReadonlyMap<string, number> = new Map([['__schema', 1_000]]);

const NO_PAGE: Page = { lists: [], entries: 1 };

/** @throws MissingListSizeError if the schema does not bound a list */
export function createDocumentCost(schema: GraphQLSchema): DocumentCost {
  const sizes = collectListSizes(schema);
  const weights = collectWeights(schema);
  return (coerced) => {
    const known = new Map<string, number>();
    const below = ({ selectionSet }: HasSelections, type: GraphQLNamedType | undefined, page: Page): number => {
      let cost = 0;
      for (const selection of selectionSet?.selections ?? []) {
        if (isLeftOut(selection, coerced)) continue;
        if (selection.kind === Kind.FIELD) cost += ofField(selection, type, page);
        else if (selection.kind === Kind.FRAGMENT_SPREAD) cost += ofFragment(selection.name.value, page);
        else {
          const condition = selection.typeCondition;
          cost += below(selection, condition === undefined ? type : schema.getType(condition.name.value), page);
        }
      }
      return cost;
    };
    const ofField = (field: FieldNode, type: GraphQLNamedType | undefined, page: Page): number => {
      const name = field.name.value;
      const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
      // Introspection's fields belong to no type and read memory.
      if (definition === undefined) return (INTROSPECTION_COSTS.get(name) ?? 1) + below(field, undefined, NO_PAGE);
      const coordinate = `${type?.name}.${name}`;
      const size = sizes.get(coordinate);
      const entries = size === undefined ? 1 : entriesOf(size, field, definition, coerced);
      const isPage = size !== undefined && size.sizedFields.length > 0;
      const times = page.lists.includes(name) ? page.entries : isPage ? 1 : entries;
      const ofPage = isPage ? { lists: size.sizedFields, entries } : NO_PAGE;
      return (weights.get(coordinate) ?? 1) + times * below(field, getNamedType(definition.type), ofPage);
    };
    const ofFragment = (name: string, page: Page): number => {
      const key = `${name} ${page.entries} ${page.lists.join()}`;
      const seen = known.get(key);
      if (seen !== undefined) return seen;
      const fragment = coerced.fragments.get(name);
      const cost = below(fragment ?? {}, schema.getType(fragment?.typeCondition.name.value ?? ''), page);
      known.set(key, cost);
      return cost;
    };
    return below(coerced.operation, schema.getRootType(coerced.operation.operation) ?? undefined, NO_PAGE);
  };
}

/** Clamped between 1 and `max`: a negative `first` must not offset other fields' cost. */
function entriesOf(
  { max, argument }: ListSize,
  field: FieldNode,
  definition: GraphQLField<unknown, unknown>,
  coerced: CoercedOperation,
): number {
  if (argument === undefined) return max;
  const value = argumentOf(field, definition, argument, coerced);
  const entries = Array.isArray(value) ? value.length : value;
  return typeof entries === 'number' ? Math.min(Math.max(entries, 1), max) : max;
}

/** The `@cost` weights by coordinate. */
function collectWeights(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const [cost] = getDirective(schema, field, 'cost') ?? [];
      if (cost !== undefined) weights.set(`${type.name}.${field.name}`, Number(cost.weight));
    }
  }
  return weights;
}
