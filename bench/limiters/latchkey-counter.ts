import { join } from 'node:path';
import { ROOT } from '../processes.ts';
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

/** What users run is the build, so that is what is measured; its types are the sources'. */
function loadProduct() {
  const load = (path: string): Promise<unknown> => import(join(ROOT, 'dist', path));
  return Promise.all([
    load('stores/redis/client.js') as Promise<typeof import('../../src/stores/redis/client.ts')>,
    load('stores/redis/address.js') as Promise<typeof import('../../src/stores/redis/address.ts')>,
    load('stores/redis/call-counter.redis.js') as Promise<
      typeof import('../../src/stores/redis/call-counter.redis.ts')
    >,
    load('lib/logger.js') as Promise<typeof import('../../src/lib/logger.ts')>,
  ]);
}
