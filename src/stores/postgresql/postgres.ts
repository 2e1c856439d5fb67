import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolConfig, types } from 'pg';
import type { PoolFigures } from '../../domain/database/database.js';
import { describeError, type Logger } from '../../lib/logger.js';
import type { Secret } from '../../lib/secrets.js';
import type { Schema } from '../sql/schema.js';
import { BEGIN, lendConnections } from './leased.connection.js';

/**
 * In parts of `deadlineMs`. Connecting and one statement add up to the wait of a caller whose server hangs: by default
 * within the three seconds that the README names.
 */
const CONNECT_PARTS = 1.5;
/**
 * The client's own time-out, for a COMMIT too: the server's time-outs bound no commit, and a server that hangs enforces
 * none. The connection is dropped then.
 */
const QUERY_PARTS = 2.85;
/** In a transaction the server gives up before the client does, and frees its locks. */
const STATEMENT_PARTS = 2.5;
/** How long a transaction waits for a lock that another holds. */
const LOCK_PARTS = 1.65;
/** A transaction idle for this long has lost its process: the server ends it and frees its locks. */
const IDLE_TRANSACTION_TIMEOUT_MS = 5_000;
/** How long a migration waits for a connection. */
const PATIENT_CONNECT_TIMEOUT_MS = 5_000;

const INT8 = 20;

interface PoolOptions {
  /** The most connections: all replicas share those of one server. */
  readonly connections: number;
  /** The server's time to answer; undefined for migrations, which may wait for another replica's. */
  readonly deadlineMs: number | undefined;
}

/** A database, and how its connections are used. */
export interface PostgresPool {
  readonly db: Kysely<Schema>;
  figures(): PoolFigures;
}

export function openPostgres(url: Secret, logger: Logger, options: PoolOptions): Kysely<Schema> {
  return openPostgresPool(url, logger, options).db;
}

/** Opens a pool of connections. The first query opens the first connection. */
export function openPostgresPool(url: Secret, logger: Logger, options: PoolOptions): PostgresPool {
  const pool = new Pool({
    connectionString: url.reveal(),
    application_name: 'latchkey',
    max: options.connections,
    keepAlive: true,
    // Instants are safe integers; pg's default is strings, which would compare as text.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
    ...timeoutsOf(options.deadlineMs),
  });
  // The pool replaces a lost connection when needed, and a query on the lost one rejects. Without a listener the loss
  // of a connection in use would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', (error) =>
      logger.outage('a PostgreSQL connection was lost', () => ({ detail: describeError(error) })),
    );
  });
  const lending = {
    pool,
    begin: beginOf(options.deadlineMs),
    patienceMs: options.deadlineMs ?? PATIENT_CONNECT_TIMEOUT_MS,
  };
  return {
    db: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: lendConnections(lending) }) }),
    figures: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  };
}

function timeoutsOf(deadlineMs: number | undefined): PoolConfig {
  if (deadlineMs === undefined) return { connectionTimeoutMillis: PATIENT_CONNECT_TIMEOUT_MS };
  return { connectionTimeoutMillis: CONNECT_PARTS * deadlineMs, query_timeout: QUERY_PARTS * deadlineMs };
}

/**
 * Begins a transaction with its time-outs, in one round trip. They last for the transaction: pgbouncer refuses settings of
 * a session at the connect, and gives the session to another client.
 */
function beginOf(deadlineMs: number | undefined): string {
  if (deadlineMs === undefined) return BEGIN;
  const timeouts = {
    statement_timeout: STATEMENT_PARTS * deadlineMs,
    lock_timeout: LOCK_PARTS * deadlineMs,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
  };
  return [BEGIN, ...Object.entries(timeouts).map(([name, ms]) => `set local ${name} = ${Math.ceil(ms)}`)].join('; ');
}
