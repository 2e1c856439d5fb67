import type { Kysely } from 'kysely';
import type { Appended } from '../domain/audit/audit.feed.js';
import type { Writers } from '../domain/database/database.js';
import type { AccessToken } from '../domain/tokens/access-token.js';
import type { AuditListeners } from './memory/audit-listeners.js';
import type { ChangeListeners } from './memory/change-listeners.js';
import type { RememberedLists } from './memory/remembered-lists.js';
import type { RememberedTokens } from './memory/remembered-tokens.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import { type ConnectionNotes, SqlConnectionStore } from './sql/connection-writer.sql.js';
import { SqlIdempotentCreateStore } from './sql/idempotent-create.sql.js';
import type { Schema } from './sql/schema.js';
import { SqlSessionStore } from './sql/session.sql.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlTokenWriter, type TokenNotes } from './sql/token.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';
import { insertSqliteTokens } from './sqlite/token.sqlite.js';

export interface Embedded {
  readonly db: Kysely<Schema>;
  readonly changes: ChangeListeners;
  readonly tokens: RememberedTokens;
  readonly lists: RememberedLists;
  readonly auditFeed: AuditListeners;
}

/** Runs `work` in an SQLite transaction. Whatever remembers hears of its changes before the caller has its answer. */
export async function change<T>(
  { db, changes, tokens, lists, auditFeed }: Embedded,
  work: (writers: Writers) => Promise<T>,
): Promise<T> {
  const changed: string[] = [];
  const inserted: AccessToken[] = [];
  const revoked: string[] = [];
  const notes: ConnectionNotes & TokenNotes = {
    changed: ({ connectionId }) => changed.push(connectionId),
    inserted: (token) => inserted.push(token),
    revoked: (digest) => revoked.push(digest),
  };
  const appended: Appended[] = [];
  try {
    const result = await db.transaction().execute((transaction) => work(writersOn(transaction, notes, appended)));
    auditFeed.tell(appended);
    return result;
  } finally {
    lists.forget();
    for (const connectionId of changed) changes.tell(connectionId);
    for (const token of inserted) tokens.tellInserted(token);
    for (const digest of revoked) tokens.tellRevoked(digest);
  }
}

function writersOn(transaction: Kysely<Schema>, notes: ConnectionNotes & TokenNotes, appended: Appended[]): Writers {
  return {
    connections: new SqlConnectionStore(transaction, notes),
    idempotentCreates: new SqlIdempotentCreateStore(transaction),
    tokens: new SqlTokenWriter(transaction, insertSqliteTokens, notes),
    audit: new SqlAuditStore(transaction, appended),
    signIns: new SqlSignInStore(transaction),
    sessions: new SqlSessionStore(transaction),
    upstreamCredentials: new SqlUpstreamCredentialStore(transaction),
  };
}
