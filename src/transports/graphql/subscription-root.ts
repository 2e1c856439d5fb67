import { type DocumentNode, Kind, OperationTypeNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from './coerced-operation.js';

/**
 * Whether a subscription may leave out its root field, which GraphQL's specification refuses ("Single Root
 * Field"). graphql-js takes it as valid and then fails on it, or fails where a variable decides, even beside the
 * operation that is asked for.
 */
export function mayLeaveOutRoot(document: DocumentNode): boolean {
  const fragments = fragmentsOf(document);
  const followed = new Set<string>();
  const hasCondition = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true;
      if (selection.kind === Kind.FIELD) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT) return hasCondition(selection.selectionSet);
      const fragment = fragments.get(selection.name.value);
      if (fragment === undefined || followed.has(fragment.name.value)) return false;
      followed.add(fragment.name.value);
      return hasCondition(fragment.selectionSet);
    });
  return document.definitions.some(
    (each) =>
      each.kind === Kind.OPERATION_DEFINITION &&
      each.operation === OperationTypeNode.SUBSCRIPTION &&
      hasCondition(each.selectionSet),
  );
}
