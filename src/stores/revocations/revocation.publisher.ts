import type { Appended } from '../../domain/audit/audit.feed.js';
import { describeFault } from '../../domain/described-fault.js';
import { DomainError } from '../../domain/errors.js';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import type { RevocationLog } from './revocation.log.js';
import type { KeptRevocation, RevocationStore } from './revocation.store.js';

/** How old an unpublished revocation must be before other replicas publish it. */
const LEFT_OVER_AFTER_MS = 1_000;

/**
 * Tells every replica of committed changes by the log. Revocations are marked in the database as published, so that one
 * that could not be told outlives this process; audit events are told as soon as Redis answers again.
 */
export class RevocationPublisher {
  readonly #log: RevocationLog;
  readonly #stored: RevocationStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** The newest event of each organisation that could not be told yet. */
  readonly #untold = new Map<string, Appended>();

  constructor(parts: { log: RevocationLog; stored: RevocationStore; clock: Clock; logger: Logger }) {
    this.#log = parts.log;
    this.#stored = parts.stored;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where replicas cannot be told now; retries go on until they are */
  async publish(kept: readonly KeptRevocation[], appended: readonly Appended[] = []): Promise<void> {
    if (kept.length === 0) return;
    try {
      await this.#log.publish(
        kept.map(({ revocation }) => revocation),
        appended,
      );
    } catch (error) {
      this.#tellLater(appended);
      throw new DomainError('TEMPORARILY_UNAVAILABLE', {
        hint: 'The change is stored, but the replicas could not be told of it yet; they will be. Send it again to be sure.',
        cause: error,
      });
    }
    // An unmarked revocation is published again, which does no harm.
    this.#stored.markPublished(kept).catch(() => undefined);
  }

  /** Tells of audit events that go without a revocation: nobody waits for that. */
  async announce(appended: readonly Appended[]): Promise<void> {
    if (appended.length === 0) return;
    try {
      await this.#log.publish([], appended);
    } catch {
      this.#tellLater(appended);
    }
  }

  /** Publishes what a killed or cut-off replica committed but could not publish. */
  async publishLeftovers(): Promise<void> {
    const untold = [...this.#untold.values()];
    this.#untold.clear();
    await this.announce(untold);
    try {
      await this.publish(await this.#stored.listUnpublished(this.#clock.now(), LEFT_OVER_AFTER_MS));
    } catch (error) {
      this.#logger.warn('revocations could not be published', describeFault(error));
    }
  }

  #tellLater(appended: readonly Appended[]): void {
    for (const each of appended) {
      const { sequence = 0 } = this.#untold.get(each.organizationId) ?? {};
      if (each.sequence > sequence) this.#untold.set(each.organizationId, each);
    }
  }
}
