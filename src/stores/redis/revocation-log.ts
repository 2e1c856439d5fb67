import type { Revocation } from '../../domain/tokens/revocation.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { REVOCATION_CHANNEL, REVOCATION_EPOCH_KEY, REVOCATION_LOG_ENTRIES_MAX, REVOCATION_LOG_KEY } from './keys.js';

/** What the log answered to one probe. */
export interface LogSlice {
  /** Of the server, of its life as a primary and of the log's life on it: another one where anything may have been lost. */
  readonly identity: string;
  /** The id of the entry that was added last: where to go on. */
  readonly newest: string;
  /** How many entries were ever added. */
  readonly added: number;
  /** How many of them stand behind the cursor. */
  readonly entries: number;
  /** What they say, oldest first. */
  readonly revocations: readonly Revocation[];
}

/** How far a log was read, and which one it was. */
export interface LogPlace {
  readonly identity: string;
  /** The id of the last entry that was read. */
  readonly cursor: string;
  /** How many entries had ever been added then. */
  readonly added: number;
}

/** Behind every entry that will ever be. */
export const LOG_END = '18446744073709551615-0';

/** The log in Redis by which replicas tell each other of revocations. It may be lost: the database has them all. */
export class RedisRevocationLog {
  readonly #redis: RedisClient;

  constructor(redis: RedisClient) {
    this.#redis = redis;
  }

  /** When this resolves, every probe that is sent from now on sees them. */
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

  /** What stands behind `cursor`; with `newEpoch`, a log that has lost its epoch is given this one. */
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

/** Whether the log may have lost entries behind the place: another log, or fewer entries than were added since. */
export function mayLack({ identity, added, entries }: LogSlice, place: LogPlace): boolean {
  return identity !== place.identity || entries !== added - place.added;
}

function toWord(revocation: Revocation): string {
  return 'tokenId' in revocation
    ? `t ${revocation.expiresAt} ${revocation.tokenId}`
    : `c ${revocation.expiresAt} ${revocation.connectionId} ${revocation.generation}`;
}

/** None where a later version of ours wrote what this one does not know. */
function fromWord(word: string): Revocation[] {
  const [kind, expiresAt, id = '', generation] = word.split(' ');
  if (kind === 't') return [{ tokenId: id, expiresAt: Number(expiresAt) }];
  if (kind === 'c') return [{ connectionId: id, generation: Number(generation), expiresAt: Number(expiresAt) }];
  return [];
}
