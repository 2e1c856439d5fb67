import { type FieldNode, type GraphQLObjectType, type GraphQLSchema, Kind } from 'graphql';
import type { Principal } from '../../domain/principal.js';
import { createMayResolve } from './authorization.js';
import { argumentOf, type CoercedOperation, type HasSelections, isLeftOut } from './coerced-operation.js';

/** What an operation counts as: calls of the organisation, and operations of whoever manages it. */
export interface CallCost {
  readonly calls: number;
  readonly operations: number;
}

/**
 * How many calls a root field counts as, of a list of tokens for each of them; one that is not here is management, and an
 * operation of its caller.
 */
const CALLS_OF: Readonly<Record<string, number>> = {
  'Query.viewer': 0,
  'Query.rateLimit': 0,
  'Query.introspectToken': 1,
  'Query.introspectTokens': 1,
  // Federation's own, which says nothing of an organisation.
  'Query._service': 0,
};

/**
 * Counts an operation by the root fields that will be executed: fragments are followed, what `@skip` and `@include` leave
 * out is left out, a response key counts once, and so do only fields that the caller may resolve.
 */
export function createCallCost(schema: GraphQLSchema): (coerced: CoercedOperation, principal: Principal) => CallCost {
  const mayResolve = createMayResolve(schema);
  return (coerced, principal) => {
    const { operation } = coerced;
    const root = schema.getRootType(operation.operation);
    // There are no subscriptions; the executor says so.
    if (root === undefined || root === null) return { calls: 0, operations: 0 };
    let calls = 0;
    let operations = 0;
    for (const nodes of executedFields([operation], coerced).values()) {
      const [field] = nodes as [FieldNode];
      const coordinate = `${root.name}.${field.name.value}`;
      // What introspection adds is no field of the type, and free.
      if (root.getFields()[field.name.value] === undefined || !mayResolve(coordinate, principal)) continue;
      const weight = CALLS_OF[coordinate];
      if (weight === undefined || looksFurther(nodes, coerced)) operations++;
      else calls += weight * tokensOf(root, field, coerced);
    }
    return { calls, operations };
  };
}

/** By response key: what is asked for twice under one is executed once. A fragment adds its fields once. */
function executedFields(
  parents: readonly HasSelections[],
  coerced: CoercedOperation,
): ReadonlyMap<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const followed = new Set<string>();
  const collect = ({ selectionSet }: HasSelections): void => {
    for (const selection of selectionSet?.selections ?? []) {
      if (isLeftOut(selection, coerced)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        fields.set(key, [...(fields.get(key) ?? []), selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection);
      } else if (!followed.has(selection.name.value)) {
        followed.add(selection.name.value);
        collect(coerced.fragments.get(selection.name.value) ?? {});
      }
    }
  };
  for (const parent of parents) collect(parent);
  return fields;
}

/** Whether a viewer is asked for more of its organisation than costs nothing to say: then it is `organization` by another name. */
function looksFurther(nodes: readonly FieldNode[], coerced: CoercedOperation): boolean {
  if (nodes[0]?.name.value !== 'viewer') return false;
  const organizations = [...executedFields(nodes, coerced).values()]
    .flat()
    .filter(({ name }) => name.value === 'organization');
  const asked = [...executedFields(organizations, coerced).values()].flat();
  return asked.some(({ name }) => name.value === 'connections');
}

function tokensOf(root: GraphQLObjectType, field: FieldNode, coerced: CoercedOperation): number {
  const definition = root.getFields()[field.name.value];
  const tokens = definition && argumentOf(field, definition, 'tokens', coerced);
  return Array.isArray(tokens) ? tokens.length : 1;
}
