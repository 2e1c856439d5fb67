import { Redis } from 'ioredis';
import { DAY_MS, type Limiter, MINUTE_MS, PER_DAY, PER_MINUTE } from './limiter.ts';

/**
 * The generic cell rate algorithm for both limits in one script, by Redis's clock, all or nothing: for each limit the
 * instant at which all of it will be free again. The least that two limits can be kept in: 16 bytes.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local minute, day = now, now
local kept = redis.call('GET', KEYS[1])
if kept then
  minute, day = struct.unpack('<dd', kept)
  minute, day = math.max(minute, now), math.max(day, now)
end
minute, day = minute + ARGV[1] * ARGV[2] / ARGV[3], day + ARGV[1] * ARGV[4] / ARGV[5]
local isAdmitted = minute <= now + ARGV[2] and day <= now + ARGV[4]
if isAdmitted then
  redis.call('SET', KEYS[1], struct.pack('<dd', minute, day), 'PX', math.ceil((math.max(minute, day) - now) / 1000))
end
return { isAdmitted and 1 or 0, minute - now, day - now }
`;

interface Scripts {
  countInBoth(
    key: string,
    cost: number,
    ...windowsAndLimits: number[]
  ): Promise<[admitted: number, minuteUs: number, dayUs: number]>;
}

const WINDOWS_AND_LIMITS = [1000 * MINUTE_MS, PER_MINUTE, 1000 * DAY_MS, PER_DAY];

export async function openGcra(redisUrl: string): Promise<Limiter> {
  const redis = new Redis(redisUrl, {
    enableAutoPipelining: true,
    scripts: { countInBoth: { lua: SCRIPT, numberOfKeys: 1 } },
  }) as Redis & Scripts;
  return {
    admit: async (subject, cost) => {
      const [admitted] = await redis.countInBoth(`gcra:${subject}`, cost, ...WINDOWS_AND_LIMITS);
      return admitted === 1;
    },
    close: () => redis.disconnect(),
  };
}
