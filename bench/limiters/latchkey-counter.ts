import { loadBuilt } from '../built.ts';
import { type Limiter, PER_DAY, PER_MINUTE } from './limiter.ts';

const QUOTA = { perMinute: PER_MINUTE, perDay: PER_DAY, dayWindow: 'rolling' } as const;

/** The product's counter, on its own connection: it sends pipelines by itself. */
export async function openLatchkeyCounter(redisUrl: string): Promise<Limiter> {
  const [{ openRedis }, { parseRedisUrl }, { RedisCallCounter }, { createLogger }] = await loadProduct();
  const { redis, close } = await openRedis(parseRedisUrl(redisUrl), createLogger('warn'), 600);
  const counter = new RedisCallCounter(redis, () => false);
  return {
    admit: (subject, cost) => {
      const decision = counter.count(subject, QUOTA, cost);
      return decision instanceof Promise ? decision.then(({ isAdmitted }) => isAdmitted) : decision.isAdmitted;
    },
    close: () => close(),
  };
}

function loadProduct() {
  return Promise.all([
    loadBuilt<typeof import('../../src/stores/redis/client.ts')>('stores/redis/client.js'),
    loadBuilt<typeof import('../../src/stores/redis/address.ts')>('stores/redis/address.js'),
    loadBuilt<typeof import('../../src/stores/redis/call-counter.redis.ts')>('stores/redis/call-counter.redis.js'),
    loadBuilt<typeof import('../../src/lib/logger.ts')>('lib/logger.js'),
  ]);
}
