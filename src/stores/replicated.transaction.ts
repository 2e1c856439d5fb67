import type { Kysely } from 'kysely';
import type { Stores } from '../domain/store.js';
import type { AccessToken } from '../domain/tokens/access-token.js';
import { connectionRevocation, type Revocation, tokenRevocation } from '../domain/tokens/revocation.js';
import type { TokenStore } from '../domain/tokens/token.store.js';
import type { Clock } from '../lib/clock.js';
import type { RedisTokenStore } from './redis/token.redis.js';
import type { RevocationFeed } from './revocation-feed.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import { type ConnectionNotes, refuseChanges, SqlConnectionStore } from './sql/connection.sql.js';
import { SqlOrganizationStore } from './sql/organization.sql.js';
import { type KeptRevocation, SqlRevocationStore } from './sql/revocation.sql.js';
import type { Schema } from './sql/schema.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';
import { PostgresUsageStore } from './sql/usage.postgres.js';

export interface Shared {
  readonly db: Kysely<Schema>;
  readonly feed: RevocationFeed;
  readonly redisTokens: RedisTokenStore;
  readonly clock: Clock;
}

/** The stores as they are outside a transaction. */
export function storesOutside(shared: Shared): Stores {
  const revocations = new SqlRevocationStore(shared.db);
  const tokens = tokensOn(shared, {
    insert: (issued) => shared.redisTokens.insert(issued),
    revoke: () => refuse(),
    sweep: (now, limit) => revocations.sweep(now, limit),
  });
  return storesOn(shared, shared.db, tokens, refuseChanges);
}

function refuse(): never {
  throw new Error('Revoke tokens in a transaction.');
}

/**
 * Runs `work` in a transaction of PostgreSQL, with the organisation's row locked so that those of one organisation come
 * one after the other. What it changed is kept as revocations in the same transaction; after the commit they are
 * published and tokens that were issued go to Redis, before the caller is answered.
 */
export async function transact<T>(
  shared: Shared,
  organizationId: string,
  work: (stores: Stores) => Promise<T>,
): Promise<T> {
  const { revoked, issued, result } = await repeatAborted(() =>
    shared.db.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId);
      return collect(shared, transaction, work);
    }),
  );
  await shared.feed.publish(revoked);
  await shared.redisTokens.insert(issued);
  return result;
}

/** Does the work, and notes what has to be done in Redis once it is committed. */
async function collect<T>(shared: Shared, transaction: Kysely<Schema>, work: (stores: Stores) => Promise<T>) {
  const revocations = new SqlRevocationStore(transaction);
  const revoked: KeptRevocation[] = [];
  const issued: AccessToken[] = [];
  const generations = new Map<string, number>();
  // A repeated revocation too: whoever repeats it is not answered before replicas were told, which may have failed.
  const keep = async (revocation: Revocation) => {
    const { kept, isNew } = await revocations.add(revocation, shared.clock.now());
    revoked.push(kept);
    return isNew;
  };
  const tokens = tokensOn(shared, {
    insert: async (added) => {
      issued.push(...added);
    },
    revoke: (token) => keep(tokenRevocation(token)),
    sweep: (now, limit) => revocations.sweep(now, limit),
  });
  const absent: string[] = [];
  const notes: ConnectionNotes = {
    changed: ({ connectionId, generation }) => generations.set(connectionId, generation),
    absent: (connectionId) => absent.push(connectionId),
  };
  const result = await work(storesOn(shared, transaction, tokens, notes));
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

function storesOn(shared: Shared, db: Kysely<Schema>, tokens: TokenStore, notes: ConnectionNotes): Stores {
  return {
    organizations: new SqlOrganizationStore(db),
    connections: new SqlConnectionStore(db, notes),
    tokens,
    audit: new SqlAuditStore(db),
    signIns: new SqlSignInStore(db),
    upstreamCredentials: new SqlUpstreamCredentialStore(db),
    usage: new PostgresUsageStore(db, (uses) => shared.redisTokens.recordUses(uses)),
  };
}

/** Tokens are read from Redis everywhere; how they are written differs. */
function tokensOn({ redisTokens }: Shared, writes: Pick<TokenStore, 'insert' | 'revoke' | 'sweep'>): TokenStore {
  return {
    ...writes,
    recall: (digest) => redisTokens.recall(digest),
    find: (digests) => redisTokens.find(digests),
    listLive: (connection, now, slice) => redisTokens.listLive(connection, now, slice),
  };
}
