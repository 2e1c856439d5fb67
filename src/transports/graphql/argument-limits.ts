import {
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isUnionType,
  Kind,
  OperationTypeNode,
  type SelectionNode,
} from 'graphql';
import { DomainError } from '../../domain/errors.js';
import { checkPageRequest } from '../../domain/page.js';
import { type CoercedOperation, type HasSelections, isLeftOut } from './coerced-operation.js';
import { SIZED_BY_LIST } from './list-size.js';

/** The limit of a list argument that declares no size. */
const ENTRIES_MAX = 100;

/**
 * Refuses an operation for a bad argument before execution: a mutation cannot be undone, and a secret shown once must
 * not arrive beside a foreseeable error. A field that takes `first` is a page. A mutation refuses its own lists, in its
 * result.
 */
export function createArgumentLimits(schema: GraphQLSchema): (coerced: CoercedOperation) => void {
  return (coerced) => {
    const operationType = schema.getRootType(coerced.operation.operation);
    // A fragment's arguments are the same at every spread.
    const followed = new Set<string>();
    const visit = (parent: HasSelections, type: GraphQLCompositeType, path: readonly string[]): void => {
      for (const selection of parent.selectionSet?.selections ?? []) {
        checkConditions(selection, coerced, [...path, ...keyOf(selection)]);
        if (isLeftOut(selection, coerced)) continue;
        if (selection.kind === Kind.FIELD) {
          const field = isUnionType(type) ? undefined : type.getFields()[selection.name.value];
          if (field === undefined) continue;
          const below = [...path, ...keyOf(selection)];
          checkField({ type, field }, selection, coerced, below);
          const result = getNamedType(field.type);
          if (isCompositeType(result)) visit(selection, result, below);
          continue;
        }
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : spread(selection.name.value);
        const condition = schema.getType(fragment?.typeCondition?.name.value ?? type.name);
        if (fragment !== undefined && isCompositeType(condition)) visit(fragment, condition, path);
      }
    };
    const spread = (name: string) => {
      if (followed.has(name)) return undefined;
      followed.add(name);
      return coerced.fragments.get(name);
    };
    if (operationType) visit(coerced.operation, operationType, []);
  };
}

function keyOf(selection: SelectionNode): string[] {
  return selection.kind === Kind.FIELD ? [selection.alias?.value ?? selection.name.value] : [];
}

/** A condition's variable may be null despite its default. */
function checkConditions(selection: SelectionNode, { variables }: CoercedOperation, path: readonly string[]): void {
  try {
    for (const directive of [GraphQLSkipDirective, GraphQLIncludeDirective]) {
      getDirectiveValues(directive, selection, variables);
    }
  } catch (error) {
    throw refusalAt(error, selection, path);
  }
}

interface Place {
  readonly type: GraphQLCompositeType;
  readonly field: GraphQLField<unknown, unknown>;
}

function checkField(
  place: Place,
  node: FieldNode,
  { operation, variables }: CoercedOperation,
  path: readonly string[],
) {
  const { args } = place.field;
  try {
    const given = getArgumentValues(place.field, node, variables);
    const first = args.find(({ name }) => name === 'first');
    if (first !== undefined) {
      checkPageRequest({
        first: (given.first ?? first.defaultValue) as number,
        after: (given.after ?? undefined) as string | undefined,
      });
    }
    const isMutation = operation.operation === OperationTypeNode.MUTATION && path.length === 1;
    if (!isMutation) checkLists(place, given);
  } catch (error) {
    throw refusalAt(error, node, path);
  }
}

function checkLists({ type: parent, field }: Place, given: Readonly<Record<string, unknown>>): void {
  const { max } = SIZED_BY_LIST.get(`${parent.name}.${field.name}`) ?? { max: ENTRIES_MAX };
  for (const { name, type } of field.args) {
    const entries = given[name];
    if (!isListType(getNullableType(type)) || !Array.isArray(entries) || entries.length <= max) continue;
    throw new DomainError('INVALID_REQUEST', {
      hint: `${field.name} takes at most ${max} ${name}; ${entries.length} were sent.`,
    });
  }
}

/** Before execution no list has entries, so `path` holds response names only. */
function refusalAt(error: unknown, node: SelectionNode, path: readonly string[]): GraphQLError {
  const { message } = error as Error;
  return new GraphQLError(message, {
    nodes: node,
    path,
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}
