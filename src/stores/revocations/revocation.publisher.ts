import { describeFault } from '../../domain/described-fault.js';
import { DomainError } from '../../domain/errors.js';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import type { RevocationLog } from './revocation.log.js';
import type { KeptRevocation, RevocationStore } from './revocation.store.js';

/** How old a revocation has to be before others than the replica that kept it publish it. */
const LEFT_OVER_AFTER_MS = 1_000;

/** Tells every replica what was committed to the database, by the log, and notes there that they were told. */
export class RevocationPublisher {
  readonly #log: RevocationLog;
  readonly #stored: RevocationStore;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(parts: { log: RevocationLog; stored: RevocationStore; clock: Clock; logger: Logger }) {
    this.#log = parts.log;
    this.#stored = parts.stored;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where they cannot be told now: it is tried again until they are */
  async publish(kept: readonly KeptRevocation[]): Promise<void> {
    if (kept.length === 0) return;
    try {
      await this.#log.publish(kept.map(({ revocation }) => revocation));
    } catch (error) {
      throw new DomainError('TEMPORARILY_UNAVAILABLE', {
        hint: 'The change is stored, but the replicas could not be told of it yet; they will be. Send it again to be sure.',
        cause: error,
      });
    }
    // Left unmarked it would be published again, which does no harm.
    this.#stored.markPublished(kept).catch(() => undefined);
  }

  /** Publishes what a replica committed and could not publish, because it was killed or had no link to Redis. */
  async publishLeftovers(): Promise<void> {
    try {
      await this.publish(await this.#stored.listUnpublished(this.#clock.now() - LEFT_OVER_AFTER_MS));
    } catch (error) {
      this.#logger.warn('revocations could not be published', describeFault(error));
    }
  }
}
