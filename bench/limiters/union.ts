import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterUnion } from 'rate-limiter-flexible';
import { DAY_MS, type Limiter, MINUTE_MS, PER_DAY, PER_MINUTE } from './limiter.ts';

interface Limits {
  readonly perMinute: number;
  readonly perDay: number;
}

/** rate-limiter-flexible's own way to two limits: a counter for each, from its first call until its window ends. */
export async function openUnion(
  redisUrl: string,
  { perMinute, perDay }: Limits = { perMinute: PER_MINUTE, perDay: PER_DAY },
): Promise<Limiter> {
  const redis = new Redis(redisUrl, { enableAutoPipelining: true });
  const window = (keyPrefix: string, points: number, milliseconds: number) =>
    new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration: milliseconds / 1000 });
  const union = new RateLimiterUnion(window('union:minute', perMinute, MINUTE_MS), window('union:day', perDay, DAY_MS));
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
