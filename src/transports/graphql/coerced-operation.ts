import {
  type ArgumentNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLBoolean,
  type GraphQLField,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  valueFromAST,
} from 'graphql';

/** The operation to execute, with its coerced variables. */
export interface CoercedOperation {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: { readonly [name: string]: unknown };
}

export type HasSelections = { readonly selectionSet?: SelectionSetNode | undefined };

/** Returns undefined for invalid variables: the executor then reports them and executes nothing. */
export function coerceOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  document: DocumentNode,
  inputs: { readonly [name: string]: unknown },
): CoercedOperation | undefined {
  const { coerced: variables } = getVariableValues(schema, operation.variableDefinitions ?? [], inputs, {
    maxErrors: 1,
  });
  return variables && { operation, fragments: fragmentsOf(document), variables };
}

export function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  return fragments;
}

/** Whether `@skip` or `@include` excludes a selection. A null condition excludes nothing: the executor refuses it. */
export function isLeftOut({ directives = [] }: SelectionNode, { variables }: CoercedOperation): boolean {
  return directives.some(({ name, arguments: [condition] = [] }) => {
    const value = condition && valueFromAST(condition.value, GraphQLBoolean, variables);
    return (name.value === 'skip' && value === true) || (name.value === 'include' && value === false);
  });
}

/** An argument's coerced value; undefined also if the value is invalid. */
export function argumentOf(
  field: { readonly arguments?: readonly ArgumentNode[] | undefined },
  definition: GraphQLField<unknown, unknown>,
  name: string,
  { variables }: CoercedOperation,
): unknown {
  const declared = definition.args.find((argument) => argument.name === name);
  if (declared === undefined) return undefined;
  const written = field.arguments?.find((argument) => argument.name.value === name);
  const value = written && valueFromAST(written.value, declared.type, variables);
  return value === undefined ? declared.defaultValue : value;
}
