import { type Kysely, sql } from 'kysely';
import { MIGRATIONS, migrateIn } from '../sql/migrations.js';
import type { Schema } from '../sql/schema.js';

/** The lock number of Kysely's migrator: this version and older ones, which still run it, wait for each other. */
const MIGRATION_LOCK = '3853314791062309107';

/** Migrates all or nothing, one replica at a time. The lock ends with the transaction, also behind a pooler. */
export function migratePostgres(db: Kysely<Schema>): Promise<readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(transaction);
    return migrateIn(transaction, MIGRATIONS);
  });
}
