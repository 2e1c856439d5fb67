import { Cluster } from 'ioredis';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';

/** Only writes: a pipeline that meets one moved key of a Cluster would read other keys of its slot as absent. */
type Write = 'set' | 'zadd' | 'pexpire' | 'zremrangebyscore';

/** A command's name and its arguments. */
export type Command = readonly [name: Write, ...arguments: (string | number)[]];

/**
 * Sends commands together and resolves with their answers, in one round trip; in a Cluster, sends each to its slot's
 * node, all at once. Not atomic.
 * @throws DomainError TEMPORARILY_UNAVAILABLE where any command got no answer
 */
export async function sendTogether(redis: RedisClient, commands: readonly Command[]): Promise<unknown[]> {
  if (commands.length === 0) return [];
  return orUnavailable(redis, async () => {
    if (commands.length === 1 || redis instanceof Cluster) {
      return Promise.all(commands.map(([name, ...rest]) => redis.call(name, ...rest)));
    }
    const answers = (await redis.pipeline(commands as unknown as string[][]).exec()) ?? [];
    return answers.map(([error, answer]) => {
      if (error) throw error;
      return answer;
    });
  });
}
