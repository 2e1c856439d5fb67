import type { Kysely } from 'kysely';
import type { Database, Health } from '../domain/database/database.js';
import { DomainError } from '../domain/errors.js';
import type { CallCounter } from '../domain/limits/call.counter.js';
import type { Clock } from '../lib/clock.js';
import type { KeyRing } from '../lib/key-ring.js';
import type { Logger } from '../lib/logger.js';
import type { Secret } from '../lib/secrets.js';
import { RememberedConnections } from './memory/remembered-connections.js';
import { migratePostgresDatabase } from './postgresql/migration.postgres.js';
import { explainPostgres } from './postgresql/postgres.errors.js';
import { openPostgresPool } from './postgresql/postgres.js';
import { PostgresRevocationStore } from './postgresql/revocation.postgres.js';
import { PostgresUsageStore } from './postgresql/usage.postgres.js';
import type { RedisAddress } from './redis/address.js';
import { RedisCallCounter } from './redis/call-counter.redis.js';
import { openRedis, type RedisClient, subscribe } from './redis/client.js';
import { REVOCATION_CHANNEL } from './redis/keys.js';
import { LocalShareCallCounter } from './redis/local-share.js';
import { RedisRevocationLog } from './redis/revocation-log.redis.js';
import { RedisSharedTokenStore } from './redis/shared-token.redis.js';
import { cannotBeUsed, RedisRefusedError } from './redis/start-check.js';
import { RedisTokenStore } from './redis/token.redis.js';
import { change } from './replicated.change.js';
import { RevocationFeed } from './revocations/revocation.feed.js';
import { SqlAuditStore } from './sql/audit.sql.js';
import { SqlConnectionReader } from './sql/connection.sql.js';
import { SqlIdempotentCreateStore } from './sql/idempotent-create.sql.js';
import { checkKeyRing, listKeyUses } from './sql/key-check.js';
import { SqlOrganizationStore } from './sql/organization.sql.js';
import { createPing } from './sql/ping.js';
import type { Schema } from './sql/schema.js';
import { SqlSessionStore } from './sql/session.sql.js';
import { SqlSignInStore } from './sql/sign-in.sql.js';
import { SqlUpstreamCredentialStore } from './sql/upstream-credential.sql.js';

/** How a replica reaches and uses the shared state. */
export interface ReplicaOptions {
  readonly databaseUrl: Secret;
  readonly databaseConnections: number;
  readonly redis: RedisAddress;
  /** Redis's time to answer; a PostgreSQL statement may take two and a half times that. */
  readonly deadlineMs: number;
  /** How long a revocation may take to reach a replica. */
  readonly revocationBoundMs: number;
  /** How many tokens this replica keeps in memory. */
  readonly rememberedTokens: number;
  /** How many replicas share the rest of a quota while Redis is gone; undefined: they refuse calls. */
  readonly sharedByReplicas: number | undefined;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The state that replicas share: lasting state in PostgreSQL, tokens in Redis. PostgreSQL commits each revocation
 * before Redis publishes it and the caller has an answer: whatever Redis loses, no revoked token comes back.
 * @throws StartupError with a sentence that says what to do
 */
export async function openReplicatedDatabase(options: ReplicaOptions): Promise<Database> {
  const { clock, logger, deadlineMs, revocationBoundMs: boundMs } = options;
  await migratePostgresDatabase(options.databaseUrl, logger);
  const pool = openPostgresPool(options.databaseUrl, logger, { connections: options.databaseConnections, deadlineMs });
  const { db } = pool;
  const opened: (() => void)[] = [];
  const close = async () => {
    for (const undo of opened.toReversed()) undo();
    await db.destroy();
  };
  try {
    const { redis, close: closeRedis } = await openRedis(options.redis, logger, deadlineMs);
    opened.push(closeRedis);
    const stored = new PostgresRevocationStore(db);
    const feed = new RevocationFeed({ log: new RedisRevocationLog(redis), stored, boundMs, clock, logger });
    opened.push(() => feed.stop());
    await feed.start().catch((error: unknown) => {
      throw feed.degradedBy === 'redis' ? cannotBeUsed(error) : error;
    });
    opened.push(subscribe(options.redis, REVOCATION_CHANNEL, () => feed.hint(), { logger, deadlineMs }).stop);
    const redisTokens = new RedisTokenStore(redis, feed, stored, options.rememberedTokens);
    const shared = { db, feed, redisTokens, clock };
    const connections = new SqlConnectionReader(db);
    const remembered = new RememberedConnections(connections, feed);
    return {
      organizations: new SqlOrganizationStore(db),
      connections,
      connectionLookup: remembered,
      idempotentCreates: new SqlIdempotentCreateStore(db),
      tokens: redisTokens,
      audit: new SqlAuditStore(db),
      auditFeed: feed,
      signIns: new SqlSignInStore(db),
      sessions: new SqlSessionStore(db),
      upstreamCredentials: new SqlUpstreamCredentialStore(db),
      usage: new PostgresUsageStore(db, (uses) => redisTokens.recordUses(uses)),
      sharedTokens: new RedisSharedTokenStore(redis, options.keyRing, clock),
      calls: countCallsIn(redis, feed, options),
      change: (organizationId, work) => change(shared, organizationId, work),
      gateways: 'many',
      verifyKeyRing: (keyRing) => checkKeyRing(db, keyRing),
      listKeyUses: () => listKeyUses(db),
      checkHealth: healthCheck(db, feed, deadlineMs),
      copyTo: undefined,
      figures: () => ({
        connectionLookups: remembered.lookups,
        tokenLookups: redisTokens.lookups,
        proofAgeMs: feed.proofAgeMs,
        pool: pool.figures(),
      }),
      close,
    };
  } catch (error) {
    await close();
    throw error instanceof RedisRefusedError ? error : explainPostgres(error);
  }
}

function countCallsIn(redis: RedisClient, feed: RevocationFeed, options: ReplicaOptions): CallCounter {
  const { sharedByReplicas, clock } = options;
  const counter = new RedisCallCounter(redis, () => feed.degradedBy === 'redis');
  // A Redis that may have lost its data may have lost the counts too.
  feed.onChange((connectionId) => {
    if (connectionId === undefined) counter.restate();
  });
  return sharedByReplicas === undefined ? counter : new LocalShareCallCounter(counter, clock, sharedByReplicas);
}

/**
 * Without PostgreSQL a replica still serves known machines, and without Redis admins: an orchestrator that took every
 * replica out for either would serve nobody. Without both, no replica serves.
 */
function healthCheck(db: Kysely<Schema>, feed: RevocationFeed, deadlineMs: number): () => Promise<Health> {
  const answers = createPing(db, deadlineMs);
  return async () => {
    if (await answers()) return { degradedBy: feed.degradedBy };
    if (feed.degradedBy === 'redis')
      throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'neither PostgreSQL nor Redis answers' });
    return { degradedBy: 'database' };
  };
}
