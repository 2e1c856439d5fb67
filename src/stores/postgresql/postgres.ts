import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, type PoolConfig, types } from 'pg';
import { DomainError } from '../../domain/errors.js';
import { describeError, type Logger } from '../../lib/logger.js';
import type { Secret } from '../../lib/secrets.js';
import type { Schema } from '../sql/schema.js';
import { orUnavailable } from './postgres.errors.js';

/**
 * In parts of `deadlineMs`. Connecting and one statement add up to what a caller of a server that hangs waits for, and
 * before both for last uses to be written (`ConnectionService`): by default three seconds, as the README says.
 */
const CONNECT_PARTS = 1.5;
/** A statement takes milliseconds: one that takes this long is held up by something, and its caller is not. */
const STATEMENT_PARTS = 2.5;
/** How long a transaction waits for another's row. */
const LOCK_PARTS = 1.65;
/** A server that does not answer at all does not enforce its own time-outs: this one is the client's. */
const QUERY_PARTS = 2.85;
/** A transaction that does nothing for this long has lost its process: the server ends it and frees what it locked. */
const IDLE_TRANSACTION_TIMEOUT_MS = 5_000;
/** How long a migration waits for a connection. */
const PATIENT_CONNECT_TIMEOUT_MS = 5_000;

const INT8 = 20;

interface PoolOptions {
  /** At most so many: what one server has is shared by all replicas. */
  readonly connections: number;
  /** How long the server may take for an answer; undefined for migrations, which may wait for another replica's. */
  readonly deadlineMs: number | undefined;
}

/** Opens a pool of connections. Nothing is asked of the server before the first query. */
export function openPostgres(url: Secret, logger: Logger, options: PoolOptions): Kysely<Schema> {
  const pool = new Pool({
    connectionString: url.reveal(),
    application_name: 'latchkey',
    max: options.connections,
    keepAlive: true,
    // Instants are safe integers: pg's default, a string, would be compared as one.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
    ...timeoutsOf(options.deadlineMs),
  });
  // The pool drops a connection that is lost and opens another when it is needed; whoever was using it is told by the
  // query. Without a listener the loss of one that is in use would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', (error) =>
      logger.outage('a PostgreSQL connection was lost', () => ({ detail: describeError(error) })),
    );
  });
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: withOurErrors(pool) }) });
}

function timeoutsOf(deadlineMs: number | undefined): PoolConfig {
  if (deadlineMs === undefined) return { connectionTimeoutMillis: PATIENT_CONNECT_TIMEOUT_MS };
  return {
    connectionTimeoutMillis: CONNECT_PARTS * deadlineMs,
    statement_timeout: STATEMENT_PARTS * deadlineMs,
    lock_timeout: LOCK_PARTS * deadlineMs,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    query_timeout: QUERY_PARTS * deadlineMs,
  };
}

/** The pool, with "try again" told from what is a fault of ours. */
function withOurErrors(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await orUnavailable(() => pool.connect());
      const query = client.query.bind(client) as unknown as PostgresPoolClient['query'];
      let broken: DomainError | undefined;
      const adapted = {
        query: async (sql: string, parameters: readonly unknown[]) => {
          // Such as the `rollback` behind what failed: it would wait for its own time-out on the same dead connection.
          if (broken !== undefined) throw broken;
          try {
            return await orUnavailable(() => query(sql, parameters));
          } catch (error) {
            if (error instanceof DomainError) broken = error;
            throw error;
          }
        },
        // What a query was cut off in the middle of is not given to the next caller.
        release: (destroy?: boolean) => client.release(destroy === true || broken !== undefined),
        processID: (client as unknown as { processID?: number }).processID,
      };
      return adapted as unknown as PostgresPoolClient;
    },
  };
}
