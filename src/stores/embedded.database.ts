import type { Database } from '../domain/database/database.js';
import type { UsageStore } from '../domain/usage/usage.store.js';
import { type Clock, systemClock } from '../lib/clock.js';
import { change } from './embedded.change.js';
import { AuditListeners } from './memory/audit-listeners.js';
import { MemoryCallCounter } from './memory/call-counter.memory.js';
import { ChangeListeners } from './memory/change-listeners.js';
import { RememberedConnections } from './memory/remembered-connections.js';
import { RememberedLists } from './memory/remembered-lists.js';
import { RememberedTokens } from './memory/remembered-tokens.js';
import { MemorySharedTokenStore } from './memory/shared-token.memory.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import { SqlCallLogs } from './sql/call-logs.sql.js';
import { SqlConnectionReader } from './sql/connection.sql.js';
import { SqlIdempotentCreateStore } from './sql/idempotent-create.sql.js';
import { checkKeyRing, listKeyUses } from './sql/key-check.js';
import { SqlOrganizationStore } from './sql/organization.sql.js';
import { ping } from './sql/ping.js';
import { SqlSessionStore } from './sql/session.sql.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';
import { migrateSqlite } from './sqlite/migration.sqlite.js';
import { explainDisk, openSqlite } from './sqlite/sqlite.js';
import { SqliteTokenStore } from './sqlite/token.sqlite.js';
import { SqliteUsageStore } from './sqlite/usage.sqlite.js';

export interface EmbeddedOptions {
  readonly clock?: Clock;
  /** How many tokens stay in memory; 0: none. */
  readonly rememberedTokens?: number;
}

/**
 * The embedded database: all lasting state in one SQLite file. Queries run one at a time on one connection, so no
 * transaction sees half of another. This process owns the file and makes every change.
 * @throws DataDirectoryError, NewerSchemaError or BrokenReferencesError, each with a sentence that says what to do
 */
export async function openEmbeddedDatabase(
  directory: string,
  { clock = systemClock, rememberedTokens = 1_000 }: EmbeddedOptions = {},
): Promise<Database> {
  const { db, file, disk, copyTo } = openSqlite(directory);
  let logs: SqlCallLogs;
  try {
    await migrateSqlite(db);
    logs = await SqlCallLogs.open(db);
  } catch (error) {
    await db.destroy();
    throw explainDisk(error, directory);
  }
  const changes = new ChangeListeners();
  const auditFeed = new AuditListeners();
  const connections = new SqlConnectionReader(db);
  const remembered = new RememberedConnections(connections, changes);
  const lists = new RememberedLists(connections);
  const stored = new SqliteUsageStore(db);
  const usage: UsageStore = { record: (uses) => stored.record(uses).finally(() => lists.forget()) };
  const tokens = new RememberedTokens(new SqliteTokenStore(db), changes, rememberedTokens);
  return {
    organizations: new SqlOrganizationStore(db),
    connections: lists,
    connectionLookup: remembered,
    idempotentCreates: new SqlIdempotentCreateStore(db),
    tokens,
    audit: new SqlAuditStore(db),
    auditFeed,
    signIns: new SqlSignInStore(db),
    sessions: new SqlSessionStore(db),
    upstreamCredentials: new SqlUpstreamCredentialStore(db),
    usage,
    sharedTokens: new MemorySharedTokenStore(),
    calls: new MemoryCallCounter(clock, logs),
    change: (_organizationId, work) => change({ db, changes, tokens, lists, auditFeed }, work),
    gateways: 'one',
    verifyKeyRing: (keyRing) => checkKeyRing(db, keyRing),
    listKeyUses: () => listKeyUses(db),
    checkHealth: async () => {
      await ping(db);
      file.refuseAnother();
      disk.check();
      return { degradedBy: undefined };
    },
    copyTo,
    figures: () => ({
      connectionLookups: remembered.lookups,
      tokenLookups: tokens.lookups,
      proofAgeMs: undefined,
      pool: undefined,
    }),
    close: () => db.destroy(),
  };
}

/** Migrates and closes; resolves with the names of the applied migrations. @throws as `openEmbeddedDatabase` does */
export async function migrateEmbeddedDatabase(directory: string): Promise<readonly string[]> {
  const { db } = openSqlite(directory);
  try {
    return await migrateSqlite(db);
  } catch (error) {
    throw explainDisk(error, directory);
  } finally {
    await db.destroy();
  }
}
