import { DomainError } from '../../domain/errors.js';
import type { RedisClient } from './client.js';

/** What Redis answers where it cannot serve now; other refusals of its are faults of ours. */
const UNAVAILABLE =
  /^(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|OOM|READONLY|TRYAGAIN|UNBLOCKED|WRONGPASS)\b/;

/** Runs a command; whatever keeps Redis from answering, or from answering in time, is "try again". */
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
