import { type Kysely, sql } from 'kysely';
import { DomainError } from '../../domain/errors.js';
import type { Database, Stores } from '../../domain/store.js';
import { SqlAuditStore } from './audit.sql.js';
import { SqlConnectionStore } from './connection.sql.js';
import { migrate } from './migrations.js';
import { SqlOrganizationStore } from './organization.sql.js';
import type { Schema } from './schema.js';
import { SqlSignInStore } from './sign-in.sql.js';
import { explainDisk, openSqlite } from './sqlite.js';
import { SqliteTokenStore } from './token.sqlite.js';
import { SqliteUsageStore } from './usage.sqlite.js';

/**
 * The embedded database: all lasting state in one SQLite file. Queries run one at a time on one connection, so a
 * transaction never sees, nor shows, half of another.
 * @throws DataDirectoryError or NewerSchemaError, each with a sentence that says what to do
 */
export async function openEmbeddedDatabase(directory: string): Promise<Database> {
  const db = openSqlite(directory);
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw explainDisk(error, directory);
  }
  // This process has the database for itself, so it sees every transaction that changes anything.
  let revision = 0;
  const currentRevision = () => revision;
  return {
    ...storesOn(db, currentRevision),
    transact: async (work) => {
      try {
        return await db.transaction().execute((transaction) => work(storesOn(transaction, currentRevision)));
      } finally {
        revision++;
      }
    },
    ping: async () => {
      try {
        await sql`select 1`.execute(db);
      } catch (error) {
        throw new DomainError('TEMPORARILY_UNAVAILABLE', { cause: error });
      }
    },
    close: () => db.destroy(),
  };
}

/** Migrates and closes again; resolves with the names of the migrations that were applied. Throws as opening does. */
export async function migrateEmbeddedDatabase(directory: string): Promise<readonly string[]> {
  const db = openSqlite(directory);
  try {
    return await migrate(db);
  } catch (error) {
    throw explainDisk(error, directory);
  } finally {
    await db.destroy();
  }
}

function storesOn(db: Kysely<Schema>, currentRevision: () => number): Stores {
  return {
    organizations: new SqlOrganizationStore(db),
    connections: new SqlConnectionStore(db, currentRevision),
    tokens: new SqliteTokenStore(db),
    audit: new SqlAuditStore(db),
    signIns: new SqlSignInStore(db),
    usage: new SqliteUsageStore(db),
  };
}
