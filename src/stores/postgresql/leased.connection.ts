import { setTimeout } from 'node:timers/promises';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from '../../domain/errors.js';
import { isConnectionLost, orUnavailable } from './postgres.errors.js';

/** As Kysely writes them. */
export const BEGIN = 'begin';
export const COMMIT = 'commit';
const READ = /^\s*select\b/i;
/** All that lost their connections to a restart must not come back in one moment. */
const RETRY_MS_MAX = 20;

interface Lending {
  readonly pool: Pool;
  /** What to send for BEGIN, before the statements behind it. */
  readonly begin: string;
  /** A connection that is lost only after this long is not replaced: its caller has waited enough. */
  readonly patienceMs: number;
}

/** The pool as Kysely asks for it. Errors that may pass are DomainErrors; our faults stay as they are. */
export function lendConnections(lending: Lending): PostgresPool {
  const { pool } = lending;
  const idle: LeasedConnection[] = [];
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await orUnavailable(() => pool.connect());
      const leased = idle.pop() ?? new LeasedConnection(lending, idle);
      leased.take(client);
      return leased as unknown as PostgresPoolClient;
    },
  };
}

/**
 * A connection of the pool for one statement or one transaction. The server may have ended it while it was idle, and the
 * first query is the first to notice. What has no effect before it is answered, BEGIN and reads outside of transactions,
 * is then asked on another connection; no write is, and no COMMIT, which may have taken effect.
 * It is lent again: Kysely keeps a weak reference to each that it gets, and the garbage collector visits them all.
 */
class LeasedConnection {
  readonly #lending: Lending;
  readonly #idle: LeasedConnection[];
  /** Undefined while this is idle, and after a connection was lost and no other was to be had. */
  #client: PoolClient | undefined;
  #broken: DomainError | undefined;
  #isInTransaction = false;

  /** Joins `idle` whenever it is released unbroken. */
  constructor(lending: Lending, idle: LeasedConnection[]) {
    this.#lending = lending;
    this.#idle = idle;
  }

  take(client: PoolClient): void {
    this.#client = client;
    this.#isInTransaction = false;
  }

  get processID(): number | undefined {
    return (this.#client as { processID?: number } | undefined)?.processID;
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    const isBegin = sql.startsWith(BEGIN);
    const isRepeatable = isBegin || (READ.test(sql) && !this.#isInTransaction);
    if (isBegin) this.#isInTransaction = true;
    const { pool, begin, patienceMs } = this.#lending;
    const text = isBegin ? begin + sql.slice(BEGIN.length) : sql;
    const patientUntil = performance.now() + patienceMs;
    // Each lost connection is met once: after all that the pool holds comes a new one.
    for (let chances = isRepeatable ? pool.options.max : 0; ; chances--) {
      try {
        return await this.#ask(text, parameters);
      } catch (error) {
        if (chances === 0 || !isConnectionLost(error) || performance.now() > patientUntil) throw error;
      }
      await this.#replace();
    }
  }

  /** The next caller must not get a connection that broke during a query. */
  release(destroy?: boolean): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    const isBroken = destroy === true || this.#broken !== undefined;
    client.release(isBroken);
    if (!isBroken) this.#idle.push(this);
  }

  async #ask(text: string, parameters: readonly unknown[]): Promise<unknown> {
    // A later query, such as `rollback`, would wait for its own time-out on the same dead connection.
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return await orUnavailable(async () => this.#client?.query(text, parameters as unknown[]), text === COMMIT);
    } catch (error) {
      if (error instanceof DomainError) this.#broken = error;
      throw error;
    }
  }

  async #replace(): Promise<void> {
    this.release();
    await setTimeout(Math.random() * RETRY_MS_MAX);
    this.#client = await orUnavailable(() => this.#lending.pool.connect());
    this.#broken = undefined;
  }
}
