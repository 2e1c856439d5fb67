import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { CoercedOperation } from './coerced-operation.js';

/** The field and directive arguments whose values the checks read; they read lists too. */
const LOOKED_AT = new Set(['first', 'after', 'if']);

/** So many variables that may be null have few enough combinations of what is given, null and absent. */
const NULLABLE_MAX = 4;

/** With which of its variables given, null or absent an operation has passed; or that their values decide each time. */
type Outcome = 'passed once' | 'by its variables' | Set<string>;

/**
 * Remembers which operations pass a check whatever the values of their variables are: clients send the same few
 * documents. Whether a variable is given, null or absent may change the verdict. A verdict lives as long as its parsed
 * document.
 */
export class SettledOperations {
  readonly #known = new WeakMap<OperationDefinitionNode, Outcome>();

  /** Runs `check`, which throws to refuse, unless the operation is known to pass. */
  check(coerced: CoercedOperation, check: () => void): void {
    const { operation } = coerced;
    const known = this.#known.get(operation);
    // Only a repeated operation repays the search for variables.
    if (known === undefined) {
      check();
      this.#known.set(operation, 'passed once');
      return;
    }
    const passed = known === 'passed once' ? outcomeOf(coerced) : known;
    this.#known.set(operation, passed);
    if (passed === 'by its variables') {
      check();
      return;
    }
    const presence = presenceOf(coerced);
    if (passed.has(presence)) return;
    check();
    passed.add(presence);
  }
}

function outcomeOf({ operation, fragments }: CoercedOperation): Exclude<Outcome, 'passed once'> {
  const variables = operation.variableDefinitions ?? [];
  const isSettled =
    variables.filter(mayBeNull).length <= NULLABLE_MAX &&
    variables.every(({ type }) => isOneValue(type)) &&
    (variables.length === 0 || ![operation, ...fragments.values()].some(looksAtVariable));
  return isSettled ? new Set() : 'by its variables';
}

/** One letter for each variable that may be null or absent. */
function presenceOf({ operation, variables }: CoercedOperation): string {
  let presence = '';
  for (const definition of operation.variableDefinitions ?? []) {
    if (!mayBeNull(definition)) continue;
    const name = definition.variable.name.value;
    presence += !Object.hasOwn(variables, name) ? 'a' : variables[name] === null ? 'n' : 'g';
  }
  return presence;
}

function mayBeNull({ type }: VariableDefinitionNode): boolean {
  return type.kind !== Kind.NON_NULL_TYPE;
}

/** Whether a type is no list: of a list the checks read the length, and whether its entries are null. */
function isOneValue(type: TypeNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE ? isOneValue(type.type) : type.kind === Kind.NAMED_TYPE;
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
