import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';
import { DAY_MS, type Limiter, MINUTE_MS, PER_DAY, PER_MINUTE } from './limiter.ts';

/** rate-limiter-flexible's own way to two limits: a counter for each, from its first call until its window ends. */
export async function openUnion(redisUrl: string): Promise<Limiter> {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  const window = (keyPrefix: string, points: number, milliseconds: number) =>
    new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration: milliseconds / 1000 });
  const union = new RateLimiterUnion(
    window('union:minute', PER_MINUTE, MINUTE_MS),
    window('union:day', PER_DAY, DAY_MS),
  );
  return {
    admit: (subject, cost) =>
      union.consume(subject, cost).then(
        () => true,
        (refusals: object) => {
          for (const refusal of Object.values(refusals)) if (refusal instanceof Error) throw refusal;
          return false;
        },
      ),
    close: () => redis.disconnect(),
  };
}
