import { DomainError } from '../../domain/errors.js';
import type { RedisClient } from './client.js';

/** Errors of a Redis that cannot serve now; its other errors are our faults. */
const UNAVAILABLE =
  /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|UNBLOCKED|WRONGPASS)\b/;

/** Runs a command. @throws DomainError TEMPORARILY_UNAVAILABLE where Redis cannot serve, or not in time */
export async function orUnavailable<T>(redis: RedisClient, run: () => Promise<T>): Promise<T> {
  try {
    return await redis.patience.wait(run());
  } catch (error) {
    const { name, message } = error as Error;
    const isOurs = error instanceof TypeError || error instanceof RangeError;
    if (isOurs || (name === 'ReplyError' && !UNAVAILABLE.test(message))) throw error;
    throw new DomainError('TEMPORARILY_UNAVAILABLE', { cause: error });
  }
}
