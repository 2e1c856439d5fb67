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
 * How much work the operation of a document may be at most, in fields to resolve: fragments are expanded, and what stands
 * inside a list counts once for each entry that the list may have. Small documents multiply; their length says nothing of
 * their work. A field that asks a store each time weighs as many as take as long.
 */
export type DocumentCost = (coerced: CoercedOperation) => number;

/** The lists of a page are as long as the field that gave the page was asked for. */
interface Page {
  readonly lists: readonly string[];
  readonly entries: number;
}

/** Introspection's lists are as long as the schema is: a tool asks for it once, so that a few fit into a document. */
const INTROSPECTION_COSTS: ReadonlyMap<string, number> = new Map([['__schema', 1_000]]);

const NO_PAGE: Page = { lists: [], entries: 1 };

/** @throws MissingListSizeError where the schema leaves the length of a list open */
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
      // Introspection's own, which every type has: what it reads is in memory.
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

/** At least one and at most what there can be, whatever is written: a field that is never run must not buy others credit. */
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

/** What weighs more than one field: `@cost`. */
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
