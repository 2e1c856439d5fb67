import type { Revocation } from '../../domain/tokens/revocation.js';
import type { LogSlice, RevocationLog } from '../revocations/revocation.log.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { REVOCATION_CHANNEL, REVOCATION_EPOCH_KEY, REVOCATION_LOG_ENTRIES_MAX, REVOCATION_LOG_KEY } from './keys.js';

/** The log of revocations, in a Redis stream. */
export class RedisRevocationLog implements RevocationLog {
  readonly #redis: RedisClient;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    await orUnavailable(this.#redis, () =>
      this.#redis.publishRevocations(
        REVOCATION_LOG_KEY,
        REVOCATION_CHANNEL,
        REVOCATION_LOG_ENTRIES_MAX,
        ...revocations.map(toWord),
      ),
    );
  }

  async probe(cursor: string, newEpoch = ''): Promise<LogSlice> {
    const [server, epoch, newest, added, words] = await orUnavailable(this.#redis, () =>
      this.#redis.probeRevocations(REVOCATION_LOG_KEY, REVOCATION_EPOCH_KEY, cursor, newEpoch),
    );
    return {
      identity: `${server}/${epoch}`,
      newest,
      added,
      entries: words.length,
      revocations: words.flatMap(fromWord),
    };
  }
}

function toWord(revocation: Revocation): string {
  return 'tokenId' in revocation
    ? `t ${revocation.expiresAt} ${revocation.tokenId}`
    : `c ${revocation.expiresAt} ${revocation.connectionId} ${revocation.generation}`;
}

/** Empty for a kind of word that only a later version knows. */
function fromWord(word: string): Revocation[] {
  const [kind, expiresAt, id = '', generation] = word.split(' ');
  if (kind === 't') return [{ tokenId: id, expiresAt: Number(expiresAt) }];
  if (kind === 'c') return [{ connectionId: id, generation: Number(generation), expiresAt: Number(expiresAt) }];
  return [];
}
