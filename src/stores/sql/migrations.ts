import type { Kysely, Transaction } from 'kysely';
import type { Migration } from 'kysely/migration';
import { systemClock } from '../../lib/clock.js';
import { StartupError } from '../../lib/startup-error.js';
import { initial } from './migrations/0001_initial.js';
import { replicas } from './migrations/0002_replicas.js';
import { callLogs } from './migrations/0003_call_logs.js';
import { upstreamCredentials } from './migrations/0004_upstream_credentials.js';
import { nameKeys } from './migrations/0005_name_keys.js';
import { sessions } from './migrations/0006_sessions.js';
import type { Schema } from './schema.js';

/** Migrations by name, in the order of the names. */
export type Migrations = Readonly<Record<string, Migration>>;

/** Append only: never edit, rename or remove a released migration. */
export const MIGRATIONS: Migrations = {
  '0001_initial': initial,
  '0002_replicas': replicas,
  '0003_call_logs': callLogs,
  '0004_upstream_credentials': upstreamCredentials,
  '0005_name_keys': nameKeys,
  '0006_sessions': sessions,
};

/** The table of Kysely's own migrator, which the first versions ran. */
interface MigrationSchema {
  kysely_migration: { name: string; timestamp: string };
}

/** A newer version of Latchkey wrote the stored state. */
export class NewerSchemaError extends StartupError {}

/**
 * Brings the database to this version's schema, wholly in the caller's transaction. Kysely's migrator uses no
 * transaction on SQLite, and on PostgreSQL a session lock, which a pooler in transaction mode hands to another client.
 * @returns the names of the migrations applied now
 * @throws NewerSchemaError where a newer version migrated the database
 */
export async function migrateIn(transaction: Transaction<Schema>, migrations: Migrations): Promise<readonly string[]> {
  const db = transaction as unknown as Kysely<MigrationSchema>;
  const recorded = await recordedMigrations(db);
  const unknown = recorded.filter((name) => !(name in migrations));
  if (unknown.length > 0) {
    throw new NewerSchemaError(
      `The stored state was migrated by a newer version of Latchkey (${unknown.join(', ')}). Start that version, or restore a backup that this version made.`,
    );
  }
  const pending = Object.entries(migrations).filter(([name]) => !recorded.includes(name));
  for (const [name, migration] of pending) {
    await migration.up(db);
    const timestamp = new Date(systemClock.now()).toISOString();
    await db.insertInto('kysely_migration').values({ name, timestamp }).execute();
  }
  return pending.map(([name]) => name);
}

/** The migrations that any version applied before; creates their table where it is missing. */
async function recordedMigrations(db: Kysely<MigrationSchema>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.some(({ name }) => name === 'kysely_migration')) {
    return (await db.selectFrom('kysely_migration').select('name').execute()).map(({ name }) => name);
  }
  await db.schema
    .createTable('kysely_migration')
    .addColumn('name', 'varchar(255)', (column) => column.notNull().primaryKey())
    .addColumn('timestamp', 'varchar(255)', (column) => column.notNull())
    .execute();
  return [];
}
