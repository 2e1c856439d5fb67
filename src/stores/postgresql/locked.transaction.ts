import { setTimeout } from 'node:timers/promises';
import { CompiledQuery, type Kysely } from 'kysely';
import { escapeLiteral } from 'pg';
import type { Schema } from '../sql/schema.js';
import { BEGIN, COMMIT } from './leased.connection.js';

/**
 * Runs `work` in a transaction that holds the organisation's row, so an organisation's changes run one at a time. One
 * round trip begins it and takes the lock; Kysely's own transaction would need two.
 */
export function withOrganizationLocked<T>(
  db: Kysely<Schema>,
  organizationId: string,
  work: (transaction: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  const lock = `select id from organizations where id = ${escapeLiteral(organizationId)} for no key update`;
  return repeatAborted(() =>
    db.connection().execute(async (connection) => {
      const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text));
      try {
        await run(`${BEGIN}; ${lock}`);
        const result = await work(connection);
        await run(COMMIT);
        return result;
      } catch (error) {
        // On a connection that broke there is nothing to roll back any more, and the cause matters more.
        await run('rollback').catch(() => undefined);
        throw error;
      }
    }),
  );
}

/** PostgreSQL undid it whole: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html */
const ABORTED = new Set(['40001', '40P01']);
const ATTEMPTS = 3;
const RETRY_MS_MAX = 20;

/** Repeats a transaction that PostgreSQL aborted in favour of another, never one that may have committed. */
async function repeatAborted<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !ABORTED.has(String((error as { code?: unknown }).code))) throw error;
      // Two that aborted each other must not meet again.
      await setTimeout(Math.random() * RETRY_MS_MAX * attempt);
    }
  }
}
