import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StartupError } from '../../lib/startup-error.js';
import { initial } from './migrations/0001_initial.js';
import { replicas } from './migrations/0002_replicas.js';
import { callLogs } from './migrations/0003_call_logs.js';
import { upstreamCredentials } from './migrations/0004_upstream_credentials.js';
import type { Schema } from './schema.js';

/** Append only: a migration that was released is never edited, renamed or removed. */
const MIGRATIONS: Record<string, Migration> = {
  '0001_initial': initial,
  '0002_replicas': replicas,
  '0003_call_logs': callLogs,
  '0004_upstream_credentials': upstreamCredentials,
};

/** The stored state was written by a version of Latchkey that this one does not know. */
export class NewerSchemaError extends StartupError {}

/**
 * Brings the database to this version's schema; each migration is applied whole or not at all.
 * @returns the names of the migrations that were applied now
 * @throws NewerSchemaError where a newer version has migrated it already
 */
export async function migrate(db: Kysely<Schema>): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const applied = (await migrator.getMigrations()).filter(({ executedAt }) => executedAt !== undefined);
  const recorded = await recordedMigrations(db);
  const unknown = recorded.filter((name) => !(name in MIGRATIONS));
  if (unknown.length > 0) {
    throw new NewerSchemaError(
      `The stored state was migrated by a newer version of Latchkey (${unknown.join(', ')}). Start that version, or restore a backup that this version made.`,
    );
  }
  if (applied.length === Object.keys(MIGRATIONS).length) return [];
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}

async function recordedMigrations(db: Kysely<Schema>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const rows = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return rows.map(({ name }) => name);
}
