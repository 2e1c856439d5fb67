import type { ServersConfig } from '../../src/config.js';
import type { Database } from '../../src/domain/database/database.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createLogger, type Logger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { parseRedisUrl } from '../../src/stores/redis/address.js';
import { openReplicatedDatabase } from '../../src/stores/replicated.database.js';
import { newDatabaseUrl, newRedisUrl } from './shared-servers.js';
import { TestClock } from './test-clock.js';

/** How long stores may take for an answer where a test is about something else, on a machine that is busy. */
export const PATIENT_MS = 15_000;
/** How long they may take by default, for tests of stores that do not answer. */
export const HASTY_MS = 600;

/** Where one replicated state is, which any number of replicas may open. */
export interface ReplicatedPlace {
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** A new place on the servers that all tests share. */
export async function newReplicatedPlace(): Promise<ReplicatedPlace> {
  const [databaseUrl, redisUrl] = await Promise.all([newDatabaseUrl(), newRedisUrl()]);
  return { databaseUrl, redisUrl };
}

/** What the configuration of a replica says of a place. */
export function serversConfigOf({ databaseUrl, redisUrl }: ReplicatedPlace, deadlineMs = PATIENT_MS) {
  return {
    databaseUrl: new Secret(databaseUrl),
    databaseConnections: 4,
    redis: parseRedisUrl(redisUrl),
    deadlineMs,
    sharedByReplicas: undefined,
  } satisfies ServersConfig;
}

export interface OpenedReplica extends AsyncDisposable {
  readonly database: Database;
}

export interface ReplicaOptions {
  readonly keyRing?: KeyRing;
  readonly clock?: TestClock;
  readonly revocationBoundMs?: number;
  readonly deadlineMs?: number;
  readonly logger?: Logger;
}

/** One replica's view of the state at a place. */
export async function openReplica(place: ReplicatedPlace, options: ReplicaOptions = {}): Promise<OpenedReplica> {
  const database = await openReplicatedDatabase({
    ...serversConfigOf(place, options.deadlineMs),
    revocationBoundMs: options.revocationBoundMs ?? 200,
    rememberedTokens: 1_000,
    keyRing: options.keyRing ?? KeyRing.parse(KeyRing.generate()),
    clock: options.clock ?? new TestClock(),
    logger: options.logger ?? createLogger('error'),
  });
  return { database, [Symbol.asyncDispose]: () => database.close() };
}
