import type { Appended } from '../../domain/audit/audit.feed.js';
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

  async publish(revocations: readonly Revocation[], appended: readonly Appended[]): Promise<void> {
    const [words, places] = [revocations.map(toWord), appended.map(toPlace)];
    const entries = Array.from({ length: Math.max(words.length, places.length) }, (_, index) => [
      words[index] ?? '',
      places[index] ?? '',
    ]);
    await orUnavailable(this.#redis, () =>
      this.#redis.publishRevocations(
        REVOCATION_LOG_KEY,
        REVOCATION_CHANNEL,
        REVOCATION_LOG_ENTRIES_MAX,
        ...entries.flat(),
      ),
    );
  }

  async probe(cursor: string, newEpoch = ''): Promise<LogSlice> {
    const [server, epoch, newest, added, words, places] = await orUnavailable(this.#redis, () =>
      this.#redis.probeRevocations(REVOCATION_LOG_KEY, REVOCATION_EPOCH_KEY, cursor, newEpoch),
    );
    return {
      identity: `${server}/${epoch}`,
      newest,
      added,
      entries: words.length,
      revocations: words.flatMap(fromWord),
      appended: places.flatMap(fromPlace),
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

function toPlace({ organizationId, sequence }: Appended): string {
  return `${sequence} ${organizationId}`;
}

/** Empty for an entry without an audit event. */
function fromPlace(place: string): Appended[] {
  const [, sequence, organizationId] = /^(\d+) (.+)$/.exec(place) ?? [];
  return organizationId === undefined ? [] : [{ organizationId, sequence: Number(sequence) }];
}
