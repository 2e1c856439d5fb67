import { type Kysely, sql, type Transaction } from 'kysely';
import { StartupError } from '../../lib/startup-error.js';
import { MIGRATIONS, type Migrations, migrateIn } from '../sql/migrations.js';
import type { Schema } from '../sql/schema.js';

/** Rows refer to missing rows; the migration changed nothing. */
export class BrokenReferencesError extends StartupError {}

/**
 * Migrates all or nothing, whatever ends it half-way. Foreign keys are off meanwhile, since dropping a table to rebuild
 * it would empty the tables that refer to it; a check before the commit replaces them. The pragma has no effect inside
 * a transaction: https://www.sqlite.org/lang_altertable.html#otheralter
 * @throws NewerSchemaError or BrokenReferencesError
 */
export function migrateSqlite(db: Kysely<Schema>, migrations: Migrations = MIGRATIONS): Promise<readonly string[]> {
  return db.connection().execute(async (connection) => {
    await sql`pragma foreign_keys = off`.execute(connection);
    try {
      return await connection.transaction().execute((transaction) => migrateWhole(transaction, migrations));
    } finally {
      await sql`pragma foreign_keys = on`.execute(connection);
    }
  });
}

async function migrateWhole(transaction: Transaction<Schema>, migrations: Migrations): Promise<readonly string[]> {
  await dropHalfMade(transaction);
  const applied = await migrateIn(transaction, migrations);
  if (applied.length > 0) await checkReferences(transaction);
  return applied;
}

/**
 * Drops the tables of an interrupted first start, which have neither rows nor a migration on record: the first versions
 * migrated without a transaction.
 */
async function dropHalfMade(transaction: Transaction<Schema>): Promise<void> {
  const tables = await transaction.introspection.getTables({ withInternalKyselyTables: true });
  const names = tables.map(({ name }) => name).filter((name) => name !== 'kysely_migration_lock');
  for (const name of names) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(transaction);
    if (rows.length > 0) return;
  }
  for (const name of names) await transaction.schema.dropTable(name).execute();
}

async function checkReferences(transaction: Transaction<Schema>): Promise<void> {
  const { rows } = await sql<{ table: string }>`pragma foreign_key_check`.execute(transaction);
  if (rows.length === 0) return;
  const tables = [...new Set(rows.map(({ table }) => table))].join(', ');
  throw new BrokenReferencesError(
    `The stored state holds rows that refer to missing ones (in ${tables}), so that it cannot be migrated. Restore it from a backup, or start the version that wrote it.`,
  );
}
