import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import { DomainError } from '../../domain/errors.js';
import { StartupError } from '../../lib/startup-error.js';

/** Redis cannot be used; the message says why and what to do. */
export class RedisRefusedError extends StartupError {}

/** What a start says of a Redis that cannot be reached, or does not let it in. */
export function cannotBeUsed(error: unknown): RedisRefusedError {
  const cause = error instanceof DomainError ? error.cause : error;
  const { code, message } = cause as { code?: string; message: string };
  return new RedisRefusedError(
    `The Redis of REDIS_URL cannot be used (${code ?? message}). Start it, or mend the URL: redis://[user:password@]host:6379.`,
    { cause },
  );
}

/** How long a start waits for the primaries of a Cluster that have not answered. */
const PRIMARY_ANSWERS_WITHIN_MS = 2_000;
const ASK_AGAIN_MS = 50;

/**
 * Waits until Redis serves, and refuses one that evicts keys when its memory is full: it would lose live tokens and
 * call counts. A silent primary of a Cluster refuses no start, since the others serve their slots.
 * @throws RedisRefusedError
 */
export async function checkRedis(redis: Redis | Cluster): Promise<void> {
  if (!(redis instanceof Cluster)) return refuseEviction(await redis.info('memory'));
  while (redis.status !== 'end') {
    const primaries = redis.nodes('master').map((primary) => withinMs(PRIMARY_ANSWERS_WITHIN_MS, askPrimary(primary)));
    const answers = (await Promise.allSettled(primaries)).flatMap((each) => ('value' in each ? [each.value] : []));
    for (const { memory } of answers) refuseEviction(memory);
    if (answers.some(({ isWhole }) => isWhole)) return;
    await delay(ASK_AGAIN_MS);
  }
}

/** `isWhole`: by the word of this primary, all slots are served. */
async function askPrimary(primary: Redis): Promise<{ isWhole: boolean; memory: string }> {
  // Unlike INFO this waits until the connection is ready, and refuses no command any more.
  const cluster = await primary.cluster('INFO');
  return { isWhole: cluster.includes('cluster_state:ok'), memory: await primary.info('memory') };
}

function refuseEviction(memory: string): void {
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(memory) ?? [];
  if (policy === undefined || policy === 'noeviction') return;
  throw new RedisRefusedError(
    `The Redis of REDIS_URL drops keys when its memory is full (maxmemory-policy ${policy}). Set maxmemory-policy to noeviction.`,
  );
}

/** Rejects where `work` takes longer, and ignores its outcome then. */
export async function withinMs<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
