import { describeFault } from '../../domain/described-fault.js';
import { DomainError } from '../../domain/errors.js';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import type { RevocationLog } from './revocation.log.js';
import type { KeptRevocation, RevocationStore } from './revocation.store.js';

/** How old an unpublished revocation must be before other replicas publish it. */
const LEFT_OVER_AFTER_MS = 1_000;

/** Tells every replica of committed revocations by the log, and marks them in the database as published. */
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

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where replicas cannot be told now; retries go on until they are */
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
    // An unmarked revocation is published again, which does no harm.
    this.#stored.markPublished(kept).catch(() => undefined);
  }

  /** Publishes what a killed or cut-off replica committed but could not publish. */
  async publishLeftovers(): Promise<void> {
    try {
      await this.publish(await this.#stored.listUnpublished(this.#clock.now() - LEFT_OVER_AFTER_MS));
    } catch (error) {
      this.#logger.warn('revocations could not be published', describeFault(error));
    }
  }
}
