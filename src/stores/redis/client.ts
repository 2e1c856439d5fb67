import { Cluster, Redis, type SentinelConnectionOptions } from 'ioredis';
import { describeError, type Logger } from '../../lib/logger.js';
import type { RedisAddress, RedisLogin } from './address.js';
import { Patience } from './patience.js';
import { SCRIPTS, type ScriptCalls } from './scripts.js';
import { cannotBeUsed, checkRedis, RedisRefusedError, withinMs } from './start-check.js';

/**
 * The connection to Redis, in any topology. It queues nothing while it is down and resends nothing after a loss: Redis
 * may have applied a command whose answer was lost, and only the caller can decide to repeat it. patience.ts bounds the
 * wait for answers.
 */
export type RedisClient = (Redis | Cluster) & ScriptCalls & { readonly patience: Patience };

/** A client and its `close`: ended in any other way, the client connects again. */
export interface OpenedRedis {
  readonly redis: RedisClient;
  readonly close: () => void;
}

/** In parts of `deadlineMs`: a socket that leaves a question unanswered for so long is dead, whatever TCP believes. */
const SOCKET_TIMEOUT_PARTS = 1.65;
const SENTINEL_TIMEOUT_MS = 250;
const RETRY_MS_MAX = 500;
/** ioredis looks for a primary behind Sentinel, or a whole Cluster, for ever; a start that waits says nothing. */
const OPEN_WITHIN_MS = 5_000;
const SLOTS_REFRESH_MS = 5_000;
const SLOTS_REFRESH_TIMEOUT_MS = 500;

function retryDelayMs(attempts: number): number {
  return Math.min(50 * attempts, RETRY_MS_MAX) * (0.8 + 0.4 * Math.random());
}

/** Options of every connection, to one server or to a node of a Cluster. */
const CONNECTION_OPTIONS = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Nobody catches errors of ioredis's own resubscribing: a connection lost meanwhile would end the process.
  autoResubscribe: false,
} as const;

/**
 * Connects, and checks that this Redis evicts no keys.
 * @throws RedisRefusedError
 */
export async function openRedis(address: RedisAddress, logger: Logger, deadlineMs: number): Promise<OpenedRedis> {
  const redis = createRedisClient(address, deadlineMs);
  let lastError: unknown;
  // Hears of each failed attempt to reconnect; senders of commands hear of it too.
  const note = (error: unknown) => {
    lastError = error;
    logger.debug('redis connection', { detail: describeError(error) });
  };
  redis.on('error', (error: Error) => {
    // `sentinelError` has told what is wrong with each sentinel.
    if (!error.message.startsWith('All sentinels are unreachable')) note(error);
  });
  redis.on('sentinelError', (error: unknown) => note(error));
  try {
    await withinMs(OPEN_WITHIN_MS, connect(redis));
    return { redis, close: connectAgainAtEnd(redis) };
  } catch (error) {
    redis.disconnect();
    if (error instanceof RedisRefusedError) throw error;
    throw cannotBeUsed(lastError ?? error);
  }
}

async function connect(redis: RedisClient): Promise<void> {
  await redis.connect();
  await checkRedis(redis);
}

/**
 * Reconnects an ended client: ioredis gives up for good where sentinels announce a failover during its search for the
 * primary. Returns the function that closes the client.
 */
function connectAgainAtEnd(redis: RedisClient): () => void {
  let timer: NodeJS.Timeout | undefined;
  const connectLater = () => {
    // A failed attempt emits `end` again.
    timer = setTimeout(() => redis.connect().catch(() => undefined), retryDelayMs(1));
  };
  redis.on('end', connectLater);
  return () => {
    redis.off('end', connectLater);
    clearTimeout(timer);
    redis.disconnect();
  };
}

/** Subscribes to `channel` on a connection of its own. The listener may miss any message, or all. */
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
  // Each new connection must subscribe; a Cluster subscribes by itself, and a second time does no harm.
  subscriber.on('ready', () => void subscriber.subscribe(channel).catch(say));
  const stop = connectAgainAtEnd(subscriber);
  subscriber.connect().catch(say);
  return { stop };
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
      // Waits for one random node, however silent, and an attempt that it fails never settles; start-check.ts asks all.
      enableReadyCheck: false,
      // A pipeline that meets one moved key reads the others of its slot as absent.
      enableAutoPipelining: false,
      clusterRetryStrategy: retryDelayMs,
      slotsRefreshTimeout: SLOTS_REFRESH_TIMEOUT_MS,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      // Resends no command of a lost connection. Follows redirections: a redirected command did nothing.
      retryDelayOnFailover: 0,
    }) as Cluster & ScriptCalls;
  }
  return new Redis({
    ...client,
    ...connection,
    ...address.server,
    retryStrategy: retryDelayMs,
    // A primary may become a replica during the connection.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    // Leaves a replaced primary that still answers, once the sentinels announce another.
    failoverDetector: true,
    sentinelRetryStrategy: retryDelayMs,
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
    ...sentinelLogin(address.login),
  }) as Redis & ScriptCalls;
}

/**
 * A URL has one login. Sentinels get its password for their `default` user, who takes any password where none is set;
 * they might not know the username. Behind Sentinel, ioredis needs TLS set for sentinels and for servers.
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
