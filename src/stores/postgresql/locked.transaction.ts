import { setTimeout } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../sql/schema.js';

/** Runs `work` in a transaction that holds the organisation's row, so an organisation's changes run one at a time. */
export function withOrganizationLocked<T>(
  db: Kysely<Schema>,
  organizationId: string,
  work: (transaction: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  return repeatAborted(() =>
    db.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId);
      return work(transaction);
    }),
  );
}

async function lockOrganization(transaction: Kysely<Schema>, organizationId: string): Promise<void> {
  await transaction
    .selectFrom('organizations')
    .select('id')
    .where('id', '=', organizationId)
    .forNoKeyUpdate()
    .execute();
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
