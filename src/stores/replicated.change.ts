import type { Kysely } from 'kysely';
import type { Appended } from '../domain/audit/audit.feed.js';
import type { Writers } from '../domain/database/database.js';
import type { AccessToken } from '../domain/tokens/access-token.js';
import { connectionRevocation, type Revocation, tokenRevocation } from '../domain/tokens/revocation.js';
import type { TokenWriter } from '../domain/tokens/token.store.js';
import type { Clock } from '../lib/clock.js';
import { PostgresConnectionStore } from './postgresql/connection.postgres.js';
import { withOrganizationLocked } from './postgresql/locked.transaction.js';
import { PostgresRevocationStore } from './postgresql/revocation.postgres.js';
import type { RedisTokenStore } from './redis/token.redis.js';
import type { RevocationFeed } from './revocations/revocation.feed.js';
import type { KeptRevocation } from './revocations/revocation.store.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import type { ConnectionNotes } from './sql/connection-writer.sql.js';
import { SqlIdempotentCreateStore } from './sql/idempotent-create.sql.js';
import type { Schema } from './sql/schema.js';
import { SqlSessionStore } from './sql/session.sql.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';

export interface Shared {
  readonly db: Kysely<Schema>;
  readonly feed: RevocationFeed;
  readonly redisTokens: RedisTokenStore;
  readonly clock: Clock;
}

/**
 * Runs `work` in a PostgreSQL transaction. A lock on the organisation's row makes its changes run one after another.
 * The same transaction keeps the revocations. After the commit, and before the caller has its answer, the feed
 * publishes them and Redis receives the issued tokens.
 */
export async function change<T>(
  shared: Shared,
  organizationId: string,
  work: (writers: Writers) => Promise<T>,
): Promise<T> {
  const { revoked, appended, issued, result } = await withOrganizationLocked(shared.db, organizationId, (transaction) =>
    collect(shared, transaction, work),
  );
  await shared.feed.publish(revoked, appended);
  await shared.redisTokens.insertMany(issued);
  return result;
}

/** Does the work, and notes what Redis needs after the commit. */
async function collect<T>(shared: Shared, transaction: Kysely<Schema>, work: (writers: Writers) => Promise<T>) {
  const revocations = new PostgresRevocationStore(transaction);
  const revoked: KeptRevocation[] = [];
  const issued: AccessToken[] = [];
  const appended: Appended[] = [];
  const generations = new Map<string, number>();
  // Repeated revocations too: publishing the first may have failed, and the repeat must wait for every replica.
  const keep = async (revocation: Revocation) => {
    const { kept, isNew } = await revocations.add(revocation, shared.clock.now());
    revoked.push(kept);
    return isNew;
  };
  const tokens: TokenWriter = {
    insert: async (token) => {
      issued.push(token);
    },
    revoke: (token) => keep(tokenRevocation(token)),
  };
  const absent: string[] = [];
  const notes: ConnectionNotes = {
    changed: ({ connectionId, generation }) => generations.set(connectionId, generation),
    absent: (connectionId) => absent.push(connectionId),
  };
  const result = await work(writersOn(transaction, tokens, notes, appended));
  for (const [connectionId, generation] of generations) {
    await keep(connectionRevocation(connectionId, generation, shared.clock.now()));
  }
  // A repeated delete finds nothing, yet replicas may not know of the first.
  revoked.push(...(await revocations.findUnpublished(absent)));
  return { revoked, appended, issued, result };
}

function writersOn(
  transaction: Kysely<Schema>,
  tokens: TokenWriter,
  notes: ConnectionNotes,
  appended: Appended[],
): Writers {
  return {
    connections: new PostgresConnectionStore(transaction, notes),
    idempotentCreates: new SqlIdempotentCreateStore(transaction),
    tokens,
    audit: new SqlAuditStore(transaction, appended),
    signIns: new SqlSignInStore(transaction),
    sessions: new SqlSessionStore(transaction),
    upstreamCredentials: new SqlUpstreamCredentialStore(transaction),
  };
}
