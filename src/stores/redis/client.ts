import { Cluster, Redis, type SentinelConnectionOptions } from 'ioredis';
import { describeError, type Logger } from '../../lib/logger.js';
import { StartupError } from '../../lib/startup-error.js';
import type { RedisAddress, RedisLogin } from './address.js';
import { Patience } from './patience.js';
import { SCRIPTS, type ScriptCalls } from './scripts.js';

/**
 * The connection to Redis, of whichever topology. Nothing is queued while it is down, or resent after it was lost: a command
 * whose answer was lost may have been applied, and applying it again is not ours to decide. How long answers are waited
 * for stands in availability.ts.
 */
export type RedisClient = (Redis | Cluster) & ScriptCalls & { readonly patience: Patience };

/** A client, and how to be done with it: ended in another way it connects again. */
export interface OpenedRedis {
  readonly redis: RedisClient;
  readonly close: () => void;
}

/** Redis cannot be used; the message says why and what to do. */
export class RedisRefusedError extends StartupError {}

/** In parts of `deadlineMs`: a socket on which nothing comes for so long though something was asked is dead, whatever TCP believes. */
const SOCKET_TIMEOUT_PARTS = 1.65;
const SENTINEL_TIMEOUT_MS = 250;
const RETRY_MS_MAX = 500;
/** ioredis tries for ever to find a primary behind Sentinel, or a whole Cluster; a start that waits says nothing. */
const OPEN_WITHIN_MS = 5_000;
const SLOTS_REFRESH_MS = 5_000;
const SLOTS_REFRESH_TIMEOUT_MS = 500;

function retryDelayMs(attempts: number): number {
  return Math.min(50 * attempts, RETRY_MS_MAX) * (0.8 + 0.4 * Math.random());
}

/** Of every connection, to one server or to a node of a Cluster. */
const CONNECTION_OPTIONS = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Nobody catches what ioredis does by itself: a connection that ends just then would end the process.
  autoResubscribe: false,
} as const;

/**
 * Connects, and makes sure that this Redis keeps what it is given.
 * @throws RedisRefusedError
 */
export async function openRedis(address: RedisAddress, logger: Logger, deadlineMs: number): Promise<OpenedRedis> {
  const redis = createRedisClient(address, deadlineMs);
  let lastError: unknown;
  // Each attempt to reconnect tells of its failure here; whoever sends a command is told too.
  const note = (error: unknown) => {
    lastError = error;
    logger.debug('redis connection', { detail: describeError(error) });
  };
  redis.on('error', (error: Error) => {
    // What is wrong with each of them was said before.
    if (!error.message.startsWith('All sentinels are unreachable')) note(error);
  });
  redis.on('sentinelError', (error: unknown) => note(error));
  try {
    await withinMs(OPEN_WITHIN_MS, connect(redis));
    return { redis, close: connectAgainAtEnd(redis) };
  } catch (error) {
    redis.disconnect();
    if (error instanceof RedisRefusedError) throw error;
    const { code, message } = (lastError ?? error) as { code?: string; message: string };
    throw new RedisRefusedError(
      `The Redis of REDIS_URL cannot be used (${code ?? message}). Start it, or mend the URL: redis://[user:password@]host:6379.`,
      { cause: error },
    );
  }
}

async function connect(redis: RedisClient): Promise<void> {
  await redis.connect();
  await refuseEviction(redis);
}

/**
 * ioredis gives a client up for good where sentinels announce a failover while it is looking for the primary, and fails
 * then. Returns what ends it.
 */
function connectAgainAtEnd(redis: RedisClient): () => void {
  let timer: NodeJS.Timeout | undefined;
  const connectLater = () => {
    // Where that fails it comes to an end again.
    timer = setTimeout(() => redis.connect().catch(() => undefined), retryDelayMs(1));
  };
  redis.on('end', connectLater);
  return () => {
    redis.off('end', connectLater);
    clearTimeout(timer);
    redis.disconnect();
  };
}

/** Rejects where `work` takes longer; what it does then is of no interest any more. */
async function withinMs<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection of its own that hears what is published on `channel`. It may miss any of it, or all. */
export function subscribe(
  address: RedisAddress,
  channel: string,
  listener: () => void,
  { logger, deadlineMs }: { readonly logger: Logger; readonly deadlineMs: number },
): { stop: () => void } {
  const subscriber = createRedisClient(address, deadlineMs);
  const say = (error: unknown) => logger.debug('redis subscription', { detail: describeError(error) });
  subscriber.on('error', say);
  subscriber.on('message', listener);
  // Each connection anew; a Cluster's own does so by itself, and takes being told again.
  subscriber.on('ready', () => void subscriber.subscribe(channel).catch(say));
  const stop = connectAgainAtEnd(subscriber);
  subscriber.connect().catch(say);
  return { stop };
}

/** A Redis that drops keys when its memory is full would drop live tokens, and counts that a limit rests on. */
async function refuseEviction(redis: RedisClient): Promise<void> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  for (const node of nodes) {
    const [, policy] = /^maxmemory_policy:(\S+)/m.exec(await node.info('memory')) ?? [];
    if (policy !== undefined && policy !== 'noeviction') {
      throw new RedisRefusedError(
        `The Redis of REDIS_URL drops keys when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy to noeviction.`,
      );
    }
  }
}

/** `deadlineMs`: how long Redis may take for an answer. */
function createRedisClient(address: RedisAddress, deadlineMs: number): RedisClient {
  return Object.assign(createIoredis(address, deadlineMs), { patience: new Patience(deadlineMs) });
}

function createIoredis(address: RedisAddress, deadlineMs: number): (Redis | Cluster) & ScriptCalls {
  const { password, ...login } = address.login;
  const socketTimeout = SOCKET_TIMEOUT_PARTS * deadlineMs;
  const connection = {
    ...CONNECTION_OPTIONS,
    connectTimeout: deadlineMs,
    socketTimeout,
    ...login,
    ...(password && { password: password.reveal() }),
  };
  const client = { enableOfflineQueue: false, lazyConnect: true, scripts: SCRIPTS };
  if (address.topology === 'cluster') {
    return new Cluster(address.nodes, {
      ...client,
      redisOptions: connection,
      clusterRetryStrategy: retryDelayMs,
      slotsRefreshTimeout: SLOTS_REFRESH_TIMEOUT_MS,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      // What was under way on a connection that ended is not sent again. Redirections are followed: they did nothing.
      retryDelayOnFailover: 0,
    }) as Cluster & ScriptCalls;
  }
  return new Redis({
    ...client,
    ...connection,
    ...address.server,
    retryStrategy: retryDelayMs,
    // A primary that was made a replica under us.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    // By the sentinels' announcements a primary that was replaced is left though it still answers.
    failoverDetector: true,
    sentinelRetryStrategy: retryDelayMs,
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
    ...sentinelLogin(address.login),
  }) as Redis & ScriptCalls;
}

/**
 * A URL has one login. To sentinels its password is that of their `default` user: one without a password takes any, but
 * no user's that it does not know. ioredis goes without TLS behind Sentinel, to either, unless told otherwise for each.
 */
function sentinelLogin({
  password,
  tls,
}: RedisLogin): Pick<SentinelConnectionOptions, 'sentinelPassword' | 'sentinelTLS' | 'enableTLSForSentinelMode'> {
  return {
    ...(password === undefined ? {} : { sentinelPassword: password.reveal() }),
    ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}
