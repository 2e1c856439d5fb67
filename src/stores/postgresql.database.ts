import type { Kysely } from 'kysely';
import type { Appended } from '../domain/audit/audit.feed.js';
import type { Database, Writers } from '../domain/database/database.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import type { Secret } from '../lib/secrets.js';
import { AuditListeners } from './memory/audit-listeners.js';
import { MemoryCallCounter } from './memory/call-counter.memory.js';
import type { ConnectionChanges } from './memory/connection.changes.js';
import { RememberedConnections } from './memory/remembered-connections.js';
import { MemorySharedTokenStore } from './memory/shared-token.memory.js';
import { PostgresConnectionStore } from './postgresql/connection.postgres.js';
import { withOrganizationLocked } from './postgresql/locked.transaction.js';
import { migratePostgresDatabase } from './postgresql/migration.postgres.js';
import { explainPostgres } from './postgresql/postgres.errors.js';
import { openPostgresPool } from './postgresql/postgres.js';
import { insertPostgresTokens, PostgresTokenStore } from './postgresql/token.postgres.js';
import { PostgresUsageStore, recordTokenUsesIn } from './postgresql/usage.postgres.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import { SqlCallLogs } from './sql/call-logs.sql.js';
import { SqlConnectionReader } from './sql/connection.sql.js';
import { SqlIdempotentCreateStore } from './sql/idempotent-create.sql.js';
import { checkKeyRing, listKeyUses } from './sql/key-check.js';
import { SqlOrganizationStore } from './sql/organization.sql.js';
import { createPing } from './sql/ping.js';
import type { Schema } from './sql/schema.js';
import { SqlSessionStore } from './sql/session.sql.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlTokenWriter } from './sql/token.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';

export interface PostgresOptions {
  readonly databaseUrl: Secret;
  readonly databaseConnections: number;
  /** The unit of the server's time to answer. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Another gateway may change any connection, and nothing tells this one: it remembers none. */
const UNHEARD: ConnectionChanges = { areCurrent: false, onChange: () => undefined };

/**
 * All lasting state in PostgreSQL, for one gateway: counts of calls and shared tokens are its own. A second gateway would
 * break no cap and serve nothing that was revoked, but count for itself.
 * @throws StartupError with a sentence that says what to do
 */
export async function openPostgresDatabase(options: PostgresOptions): Promise<Database> {
  const { clock, logger, deadlineMs } = options;
  await migratePostgresDatabase(options.databaseUrl, logger);
  const pool = openPostgresPool(options.databaseUrl, logger, { connections: options.databaseConnections, deadlineMs });
  const { db } = pool;
  let logs: SqlCallLogs;
  try {
    logs = await SqlCallLogs.open(db);
  } catch (error) {
    await db.destroy();
    throw explainPostgres(error);
  }
  const connections = new SqlConnectionReader(db);
  const remembered = new RememberedConnections(connections, UNHEARD);
  const answers = createPing(db, deadlineMs);
  const auditFeed = new AuditListeners();
  return {
    organizations: new SqlOrganizationStore(db),
    connections,
    connectionLookup: remembered,
    idempotentCreates: new SqlIdempotentCreateStore(db),
    tokens: new PostgresTokenStore(db),
    audit: new SqlAuditStore(db),
    auditFeed,
    signIns: new SqlSignInStore(db),
    sessions: new SqlSessionStore(db),
    upstreamCredentials: new SqlUpstreamCredentialStore(db),
    usage: new PostgresUsageStore(db, recordTokenUsesIn(db)),
    sharedTokens: new MemorySharedTokenStore(),
    calls: new MemoryCallCounter(clock, logs),
    change: async (organizationId, work) => {
      const { result, appended } = await withOrganizationLocked(db, organizationId, async (transaction) => {
        const appended: Appended[] = [];
        return { result: await work(writersOn(transaction, appended)), appended };
      });
      auditFeed.tell(appended);
      return result;
    },
    gateways: 'one',
    verifyKeyRing: (keyRing) => checkKeyRing(db, keyRing),
    listKeyUses: () => listKeyUses(db),
    checkHealth: async () => ({ degradedBy: (await answers()) ? undefined : 'database' }),
    copyTo: undefined,
    figures: () => ({
      connectionLookups: remembered.lookups,
      tokenLookups: undefined,
      proofAgeMs: undefined,
      pool: pool.figures(),
    }),
    close: () => db.destroy(),
  };
}

function writersOn(transaction: Kysely<Schema>, appended: Appended[]): Writers {
  return {
    connections: new PostgresConnectionStore(transaction, { changed: () => undefined }),
    idempotentCreates: new SqlIdempotentCreateStore(transaction),
    tokens: new SqlTokenWriter(transaction, insertPostgresTokens),
    audit: new SqlAuditStore(transaction, appended),
    signIns: new SqlSignInStore(transaction),
    sessions: new SqlSessionStore(transaction),
    upstreamCredentials: new SqlUpstreamCredentialStore(transaction),
  };
}
