import { type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type TypeNode, visit } from 'graphql';
import type { CoercedOperation } from './coerced-operation.js';

/** The field and directive arguments whose values the checks read; they read lists too. */
const LOOKED_AT = new Set(['first', 'after', 'if']);

type Outcome = 'passed once' | 'passes always' | 'by its variables';

/**
 * Remembers which operations pass a check for any variables: clients send the same few documents. A verdict lives as
 * long as its parsed document.
 */
export class SettledOperations {
  readonly #known = new WeakMap<OperationDefinitionNode, Outcome>();

  /** Runs `check`, which throws to refuse, unless the operation always passes. */
  check(coerced: CoercedOperation, check: () => void): void {
    const { operation } = coerced;
    const known = this.#known.get(operation);
    if (known === 'passes always') return;
    check();
    if (known === undefined) this.#known.set(operation, 'passed once');
    // Only a repeated operation repays the search for variables.
    if (known === 'passed once') {
      this.#known.set(operation, dependsOnVariables(coerced) ? 'by its variables' : 'passes always');
    }
  }
}

function dependsOnVariables({ operation, fragments }: CoercedOperation): boolean {
  const variables = operation.variableDefinitions ?? [];
  if (variables.length === 0) return false;
  if (!variables.every(({ type }) => isOneValue(type))) return true;
  return [operation, ...fragments.values()].some(looksAtVariable);
}

/** Whether a type is neither a list nor nullable: its values cannot change a check's verdict. */
function isOneValue(type: TypeNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE && type.type.kind === Kind.NAMED_TYPE;
}

function looksAtVariable(definition: OperationDefinitionNode | FragmentDefinitionNode): boolean {
  let isFound = false;
  visit(definition, {
    Argument({ name, value }) {
      if (value.kind === Kind.VARIABLE && LOOKED_AT.has(name.value)) isFound = true;
    },
  });
  return isFound;
}
