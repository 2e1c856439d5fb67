import { type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type TypeNode, visit } from 'graphql';
import type { CoercedOperation } from './coerced-operation.js';

/** The arguments, of fields and of `@skip` and `@include`, whose values the checks look at, beside lists. */
const LOOKED_AT = new Set(['first', 'after', 'if']);

type Outcome = 'passed once' | 'passes always' | 'by its variables';

/**
 * Which operations pass a check whatever their variables hold. Parsed documents are kept, since clients send the same few,
 * and what is known of their operations lives as long as they do.
 */
export class SettledOperations {
  readonly #known = new WeakMap<OperationDefinitionNode, Outcome>();

  /** Runs `check`, which throws where it refuses; not again where it cannot come out otherwise. */
  check(coerced: CoercedOperation, check: () => void): void {
    const { operation } = coerced;
    const known = this.#known.get(operation);
    if (known === 'passes always') return;
    check();
    if (known === undefined) this.#known.set(operation, 'passed once');
    // Only what has come twice is worth the look.
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

/** Neither null nor a list: there is nothing to count and nothing to miss. */
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
