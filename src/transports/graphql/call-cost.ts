import { getDirective } from '@graphql-tools/utils';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Principal } from '../../domain/principal.js';
import { createMayResolve } from './authorization.js';
import { ENTRIES_GIVEN_BY, ENTRIES_MAX } from './document-cost.js';

/** What an operation counts as: calls of the organisation, and operations of whoever manages it. */
export interface CallCost {
  readonly calls: number;
  readonly operations: number;
}

export interface CoercedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: { readonly [name: string]: unknown };
}

/**
 * Counts an operation by the root fields that will be executed: fragments are followed, what `@skip` and `@include` leave
 * out is left out, a response key counts once, and so do only fields that the caller may resolve. What each costs stands in
 * the schema, where routers read it too: `@cost` is the number of calls, of a list of tokens for each of them; a field
 * without it is management.
 */
export function createCallCost(schema: GraphQLSchema): (coerced: CoercedOperation, principal: Principal) => CallCost {
  const mayResolve = createMayResolve(schema);
  const weights = weightsOf(schema);
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
      const weight = weights.get(coordinate);
      // What introspection adds is no field of the type, and free.
      if (weight === undefined || !mayResolve(coordinate, principal)) continue;
      if (weight === 'management' || looksFurther(nodes, coerced)) operations++;
      else calls += weight * entriesOf(root, field, coerced.variables);
    }
    return { calls, operations };
  };
}

function weightsOf(schema: GraphQLSchema): ReadonlyMap<string, number | 'management'> {
  const weights = new Map<string, number | 'management'>();
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const [cost] = getDirective(schema, field, 'cost') ?? [];
      weights.set(`${root?.name}.${field.name}`, (cost?.weight as number | undefined) ?? 'management');
    }
  }
  // Federation's own, which say nothing of an organisation.
  weights.delete(`${schema.getQueryType()?.name}._service`);
  return weights;
}

type HasSelections = { readonly selectionSet?: SelectionSetNode | undefined };

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

function isLeftOut(selection: SelectionNode, { variables }: CoercedOperation): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return false;
  return (
    getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if === false
  );
}

function entriesOf(root: GraphQLObjectType, field: FieldNode, variables: CoercedOperation['variables']): number {
  const list = ENTRIES_GIVEN_BY[field.name.value];
  const definition = root.getFields()[field.name.value];
  if (list === undefined || definition === undefined) return 1;
  const entries = getArgumentValues(definition, field, variables)[list];
  if (!Array.isArray(entries)) return 1;
  // More than it takes is refused when it is executed, and costs nothing.
  return entries.length > ENTRIES_MAX ? 0 : entries.length;
}
