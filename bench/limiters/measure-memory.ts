import { Redis } from 'ioredis';
import { readUsedMemoryBytes } from '../state-servers.ts';
import { ask, each } from './callers.ts';
import type { Contender } from './contenders.ts';
import { PER_MINUTE } from './limiter.ts';

/** By how much Redis grows for each organisation. */
export interface MemoryPerOrganization {
  readonly afterOneCallBytes: number;
  /** When all of its minute is used. */
  readonly afterAllCallsBytes: number;
}

/** Empties the database first: Redis's own tables grow by leaps, which must not fall on whoever comes next. */
export async function measureMemoryPerOrganization(
  { name, open }: Contender,
  redisUrl: string,
  organizations: readonly string[],
): Promise<MemoryPerOrganization> {
  await empty(redisUrl);
  const before = await readUsedMemoryBytes(redisUrl);
  const limiter = await open(redisUrl);
  let mayBeCountedTwice = 0;
  const growthAfter = async (cost: number) => {
    const { asked, admitted, repeated } = await ask(limiter, each(organizations), cost);
    mayBeCountedTwice += repeated;
    if (admitted + mayBeCountedTwice < asked) throw new Error(`${name}: only ${admitted} were admitted`);
    return ((await readUsedMemoryBytes(redisUrl)) - before) / organizations.length;
  };
  const report = { afterOneCallBytes: await growthAfter(1), afterAllCallsBytes: await growthAfter(PER_MINUTE - 1) };
  limiter.close();
  await empty(redisUrl);
  return report;
}

async function empty(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  await redis.flushdb('SYNC');
  redis.disconnect();
}
