import { type FieldNode, type GraphQLObjectType, type GraphQLSchema, Kind } from 'graphql';
import type { Principal } from '../../domain/principal.js';
import { createMayResolve } from './authorization.js';
import { argumentOf, type CoercedOperation, type HasSelections, isLeftOut } from './coerced-operation.js';

/** An operation's cost: the organisation's calls, and the caller's management operations. */
export interface CallCost {
  readonly calls: number;
  readonly operations: number;
}

/**
 * The calls each root field costs, per token if the field takes a list of tokens. Any other root field costs its caller
 * a management operation.
 */
const CALLS_OF: Readonly<Record<string, number>> = {
  'Query.viewer': 0,
  'Query.rateLimit': 0,
  'Query.introspectToken': 1,
  'Query.introspectTokens': 1,
  // Federation's field reveals nothing about an organisation.
  'Query._service': 0,
};

/**
 * Counts the root fields that the executor will resolve: once per response key, following fragments, `@skip` and
 * `@include`, and only if the caller may resolve the field.
 */
export function createCallCost(schema: GraphQLSchema): (coerced: CoercedOperation, principal: Principal) => CallCost {
  const mayResolve = createMayResolve(schema);
  return (coerced, principal) => {
    const { operation } = coerced;
    const root = schema.getRootType(operation.operation);
    if (root === undefined || root === null) return { calls: 0, operations: 0 };
    let calls = 0;
    let operations = 0;
    for (const nodes of executedFields([operation], coerced).values()) {
      const [field] = nodes as [FieldNode];
      const coordinate = `${root.name}.${field.name.value}`;
      // Introspection's fields belong to no type, and are free.
      if (root.getFields()[field.name.value] === undefined || !mayResolve(coordinate, principal)) continue;
      const weight = CALLS_OF[coordinate];
      if (weight === undefined || looksFurther(nodes, coerced)) operations++;
      else calls += weight * tokensOf(root, field, coerced);
    }
    return { calls, operations };
  };
}

/** The fields by response key: the executor resolves each key once, and follows each fragment once. */
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

/** Whether `viewer` selects its organisation's connections: it then costs what `organization` costs. */
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
