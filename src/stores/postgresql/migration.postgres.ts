import { type Kysely, sql } from 'kysely';
import type { Logger } from '../../lib/logger.js';
import type { Secret } from '../../lib/secrets.js';
import { MIGRATIONS, migrateIn } from '../sql/migrations.js';
import type { Schema } from '../sql/schema.js';
import { explainPostgres } from './postgres.errors.js';
import { openPostgres } from './postgres.js';
import { checkRights, explainMigration } from './rights.check.js';
import { checkServer } from './server.check.js';

/** The lock number of Kysely's migrator: this version and older ones, which still run it, wait for each other. */
const MIGRATION_LOCK = '3853314791062309107';

/**
 * Migrates all or nothing, one replica at a time, where the server and the user's rights allow a gateway to run. The lock
 * ends with the transaction, also behind a pooler.
 */
function migratePostgres(db: Kysely<Schema>): Promise<readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    const names = await checkServer(transaction);
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(transaction);
    // What this migration adds is the user's own.
    await checkRights(transaction, names);
    try {
      return await migrateIn(transaction, MIGRATIONS);
    } catch (error) {
      throw explainMigration(error, names);
    }
  });
}

/** Migrates and closes again; resolves with the names of the applied migrations. Throws as opening does. */
export async function migratePostgresDatabase(databaseUrl: Secret, logger: Logger): Promise<readonly string[]> {
  const db = openPostgres(databaseUrl, logger, { connections: 1, deadlineMs: undefined });
  try {
    return await migratePostgres(db);
  } catch (error) {
    throw explainPostgres(error);
  } finally {
    await db.destroy();
  }
}
