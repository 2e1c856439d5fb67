import { type Kysely, sql } from 'kysely';
import { MIGRATIONS, migrateIn } from '../sql/migrations.js';
import type { Schema } from '../sql/schema.js';

/** The number that Kysely's migrator locks: a replica of a version that still ran it waits for us, and we for it. */
const MIGRATION_LOCK = '3853314791062309107';

/** One replica at a time, all of it or nothing. The lock ends with the transaction, also behind a pooler. */
export function migratePostgres(db: Kysely<Schema>): Promise<readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(transaction);
    return migrateIn(transaction, MIGRATIONS);
  });
}
