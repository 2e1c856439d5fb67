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

/** One execution of a plan. */
export class PlanRun {
  readonly context: GraphqlContext;
  /** Coerced. */
  readonly variables: { readonly [name: string]: unknown };
  #pending: Promise<void>[] = [];
  #hasFailed = false;

  constructor(context: GraphqlContext, variables: { readonly [name: string]: unknown }) {
    this.context = context;
    this.variables = variables;
  }

  /** The operation's data; undefined where graphql-js has to execute it. */
  async execute(complete: Complete): Promise<ResponseData | undefined> {
    try {
      const data = complete(undefined, this) as ResponseData;
      while (this.#pending.length > 0 && !this.#hasFailed) await Promise.all(this.#pending.splice(0));
      return this.#hasFailed ? undefined : data;
    } catch {
      return undefined;
    }
  }

  resolve(object: Record<string, unknown>, { name, resolve, complete }: PlannedField, source: unknown): void {
    this.place(object, name, resolve(source, this), complete);
  }

  /** Completes a value in its place; the places of an object are in the order of its fields, whenever values come. */
  place<Key extends PropertyKey>(parent: Record<Key, unknown>, key: Key, value: unknown, complete: Complete): void {
    if (!isPromise(value)) {
      parent[key] = completePresent(value, complete, this);
      return;
    }
    parent[key] = undefined;
    const placed = Promise.resolve(value).then((settled) => {
      parent[key] = completePresent(settled, complete, this);
    });
    // A rejection that nobody awaits any more would end the process.
    this.#pending.push(
      placed.catch(() => {
        this.#hasFailed = true;
      }),
    );
  }
}

/** A resolver may give an error as a value, to fail for one entry of a list. */
function completePresent(value: unknown, complete: Complete, run: PlanRun): unknown {
  if (value instanceof Error) throw value;
  return complete(value, run);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
