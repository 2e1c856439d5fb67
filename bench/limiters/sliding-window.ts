import { Redis } from 'ioredis';
import { DAY_MS, type Limiter, MINUTE_MS, PER_DAY, PER_MINUTE } from './limiter.ts';

/**
 * The sliding window that Upstash made known: the count of this window and, in proportion to how much of it the last 60 s
 * still cover, that of the window before. Two keys and a script call for each limit, by the caller's clock.
 */
const SCRIPT = `
local limit, window, now, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local counts = redis.call('MGET', KEYS[1], KEYS[2])
local current, previous = tonumber(counts[1] or 0), tonumber(counts[2] or 0)
local used = previous * (1 - now % window / window) + current
if used >= limit then return -1 end
if redis.call('INCRBY', KEYS[1], cost) == cost then
  redis.call('PEXPIRE', KEYS[1], 2 * window)
end
return math.floor(limit - used - cost)
`;

interface Scripts {
  countInWindow(
    current: string,
    previous: string,
    limit: number,
    windowMs: number,
    nowMs: number,
    cost: number,
  ): Promise<number>;
}

export async function openSlidingWindow(redisUrl: string): Promise<Limiter> {
  const redis = new Redis(redisUrl, {
    enableAutoPipelining: true,
    scripts: { countInWindow: { lua: SCRIPT, numberOfKeys: 2 } },
  }) as Redis & Scripts;
  const admitIn = async (name: string, limit: number, windowMs: number, subject: string, cost: number) => {
    const now = Date.now();
    const window = Math.floor(now / windowMs);
    const key = (which: number) => `sliding:${name}:${subject}:${which}`;
    return (await redis.countInWindow(key(window), key(window - 1), limit, windowMs, now, cost)) >= 0;
  };
  return {
    admit: async (subject, cost) => {
      const answers = await Promise.all([
        admitIn('minute', PER_MINUTE, MINUTE_MS, subject, cost),
        admitIn('day', PER_DAY, DAY_MS, subject, cost),
      ]);
      return answers.every((isAdmitted) => isAdmitted);
    },
    close: () => redis.disconnect(),
  };
}
