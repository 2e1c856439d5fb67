import type { GraphqlContext } from './context.js';

/**
 * Makes of a resolved value what stands for it in the response; of a promise in it a place is kept in the run.
 * @throws where graphql-js has to execute the operation
 */
export type Complete = (value: unknown, run: PlanRun) => unknown;

/** One field of an object in the response. */
export interface PlannedField {
  /** In the response: the alias, if any. */
  readonly name: string;
  readonly resolve: (source: unknown, run: PlanRun) => unknown;
  readonly complete: Complete;
}

/** An operation's data. */
export type ResponseData = Record<string, unknown>;

/** Thrown where a plan does not go on. */
export class Unplanned extends Error {}

/**
 * One execution of a plan. Whatever fails, fails the run: nothing is thrown to where a promise would be left without a
 * handler, which would end the process.
 */
export class PlanRun {
  readonly context: GraphqlContext;
  /** Coerced. */
  readonly variables: { readonly [name: string]: unknown };
  /** How many promises still have to settle. */
  #pending = 0;
  #hasFailed = false;
  #stopWaiting: (() => void) | undefined;

  constructor(context: GraphqlContext, variables: { readonly [name: string]: unknown }) {
    this.context = context;
    this.variables = variables;
  }

  /** The operation's data; undefined where graphql-js has to execute it. */
  async execute(complete: Complete): Promise<ResponseData | undefined> {
    const data = complete(undefined, this) as ResponseData;
    if (this.#pending > 0 && !this.#hasFailed) {
      await new Promise<void>((resolve) => {
        this.#stopWaiting = resolve;
      });
    }
    return this.#hasFailed ? undefined : data;
  }

  resolve(object: Record<string, unknown>, { name, resolve, complete }: PlannedField, source: unknown): void {
    if (this.#hasFailed) return;
    try {
      this.place(object, name, resolve(source, this), complete);
    } catch {
      this.#fail();
    }
  }

  /** Completes a value in its place; the places of an object are in the order of its fields, whenever values come. */
  place<Key extends PropertyKey>(parent: Record<Key, unknown>, key: Key, value: unknown, complete: Complete): void {
    if (!isPromise(value)) {
      this.#settle(parent, key, value, complete);
      return;
    }
    parent[key] = undefined;
    this.#pending++;
    Promise.resolve(value).then(
      (settled) => {
        this.#settle(parent, key, settled, complete);
        if (--this.#pending === 0) this.#stopWaiting?.();
      },
      () => this.#fail(),
    );
  }

  #settle<Key extends PropertyKey>(parent: Record<Key, unknown>, key: Key, value: unknown, complete: Complete): void {
    if (this.#hasFailed) {
      abandon(value);
      return;
    }
    try {
      // A resolver may give an error as a value, to fail for one entry of a list.
      if (value instanceof Error) this.#fail();
      else parent[key] = complete(value, this);
    } catch {
      this.#fail();
    }
  }

  #fail(): void {
    this.#hasFailed = true;
    this.#stopWaiting?.();
  }
}

/** Nobody waits any more for what a list holds. */
function abandon(value: unknown): void {
  for (const entry of Array.isArray(value) ? value : []) if (isPromise(entry)) entry.then(undefined, () => undefined);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
