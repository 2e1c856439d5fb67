import type { Kysely } from 'kysely';
import type { Writers } from '../domain/database/database.js';
import type { AccessToken } from '../domain/tokens/access-token.js';
import { connectionRevocation, type Revocation, tokenRevocation } from '../domain/tokens/revocation.js';
import type { TokenWriter } from '../domain/tokens/token.store.js';
import type { Clock } from '../lib/clock.js';
import { PostgresRevocationStore } from './postgresql/revocation.postgres.js';
import type { RedisTokenStore } from './redis/token.redis.js';
import type { RevocationFeed } from './revocations/revocation.feed.js';
import type { KeptRevocation } from './revocations/revocation.store.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import { type ConnectionNotes, SqlConnectionStore } from './sql/connection-writer.sql.js';
import { SqlIdempotentCreateStore } from './sql/idempotent-create.sql.js';
import type { Schema } from './sql/schema.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';

export interface Shared {
  readonly db: Kysely<Schema>;
  readonly feed: RevocationFeed;
  readonly redisTokens: RedisTokenStore;
  readonly clock: Clock;
}

/**
 * Runs `work` in a transaction of PostgreSQL, with the organisation's row locked so that those of one organisation come
 * one after the other. What it changed is kept as revocations in the same transaction; after the commit they are
 * published and tokens that were issued go to Redis, before the caller is answered.
 */
export async function change<T>(
  shared: Shared,
  organizationId: string,
  work: (writers: Writers) => Promise<T>,
): Promise<T> {
  const { revoked, issued, result } = await repeatAborted(() =>
    shared.db.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId);
      return collect(shared, transaction, work);
    }),
  );
  await shared.feed.publish(revoked);
  await shared.redisTokens.insertMany(issued);
  return result;
}

/** Does the work, and notes what has to be done in Redis once it is committed. */
async function collect<T>(shared: Shared, transaction: Kysely<Schema>, work: (writers: Writers) => Promise<T>) {
  const revocations = new PostgresRevocationStore(transaction);
  const revoked: KeptRevocation[] = [];
  const issued: AccessToken[] = [];
  const generations = new Map<string, number>();
  // A repeated revocation too: whoever repeats it is not answered before replicas were told, which may have failed.
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
  const result = await work(writersOn(transaction, tokens, notes));
  for (const [connectionId, generation] of generations) {
    await keep(connectionRevocation(connectionId, generation, shared.clock.now()));
  }
  // "Not found" is the answer to a repeated delete, of which replicas may not have been told.
  revoked.push(...(await revocations.findUnpublished(absent)));
  return { revoked, issued, result };
}

async function lockOrganization(transaction: Kysely<Schema>, organizationId: string): Promise<void> {
  await transaction
    .selectFrom('organizations')
    .select('id')
    .where('id', '=', organizationId)
    .forNoKeyUpdate()
    .execute();
}

/** PostgreSQL undid it as a whole and says so: https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html */
const ABORTED = new Set(['40001', '40P01']);
const ATTEMPTS = 3;

/** Repeats what PostgreSQL has aborted for the sake of another transaction; what may have been committed is not. */
async function repeatAborted<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !ABORTED.has(String((error as { code?: unknown }).code))) throw error;
    }
  }
}

function writersOn(transaction: Kysely<Schema>, tokens: TokenWriter, notes: ConnectionNotes): Writers {
  return {
    connections: new SqlConnectionStore(transaction, notes),
    idempotentCreates: new SqlIdempotentCreateStore(transaction),
    tokens,
    audit: new SqlAuditStore(transaction),
    signIns: new SqlSignInStore(transaction),
    upstreamCredentials: new SqlUpstreamCredentialStore(transaction),
  };
}
