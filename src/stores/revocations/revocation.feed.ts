import { randomUUID } from 'node:crypto';
import { DomainError } from '../../domain/errors.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import { type Revocation, Revocations } from '../../domain/tokens/revocation.js';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import { ChangeListeners } from '../memory/change-listeners.js';
import type { ConnectionChanges } from '../memory/connection.changes.js';
import { type Dependency, OutageWatch } from './outage.watch.js';
import { LOG_END, type LogPlace, type LogSlice, mayLack, type RevocationLog } from './revocation.log.js';
import { RevocationPublisher } from './revocation.publisher.js';
import type { KeptRevocation, RevocationStore } from './revocation.store.js';

/** Probes in the time that a proof lasts: some may be lost, and the proof does not lapse. */
const PROBES_PER_BOUND = 4;
/** Probes that may be unanswered at once; more would pile up behind a link that is dead. */
const PROBES_UNDER_WAY_MAX = 4;
/** Where a server has not answered for this long, callers are told so at once instead of after a time-out each. */
const FAIL_FAST_AFTER_MS = 500;
/** How often revocations are looked for that are kept but that replicas were not told of. */
const LEFTOVERS_MS = 1_000;
const FORGET_MS = 60_000;

/**
 * What this replica knows of revocations, and whether it may rely on it.
 *
 * The guarantee: what any replica revoked and acknowledged more than `boundMs` before a look-up began is refused by that
 * look-up. It rests on proofs, not on messages: an answered probe proves that all that was acknowledged before the probe
 * was sent is known here, and a proof is good for `boundMs`. Lost hints, dead links and a paused process make proofs
 * lapse, never last longer. Without a proof `areCurrent` is false and `ensureCurrent` asks; where Redis does not answer
 * it throws, so that look-ups fail closed.
 *
 * Redis may lose the log, by a restart, a failover or FLUSHALL. Its server's run id, its epoch and the count of its entries
 * give that away, and everything is read again from the database, where each revocation was committed before it was
 * acknowledged. So nothing that Redis forgets is revived, and nothing needs to be written back to it.
 */
export class RevocationFeed implements ConnectionChanges {
  readonly #log: RevocationLog;
  readonly #stored: RevocationStore;
  readonly #publisher: RevocationPublisher;
  readonly #boundMs: number;
  readonly #clock: Clock;
  readonly #outages: OutageWatch;
  readonly #revocations = new Revocations();
  readonly #listeners = new ChangeListeners();
  readonly #timers: NodeJS.Timeout[] = [];
  /** When the newest answered probe was sent, by the monotonic clock. */
  #provenAt = Number.NEGATIVE_INFINITY;
  /** How far the log was read. */
  #place: LogPlace = { identity: '', cursor: LOG_END, added: 0 };
  #probesUnderWay = 0;
  #isHintPending = false;
  #reading: Promise<void> | undefined;

  constructor(parts: {
    log: RevocationLog;
    stored: RevocationStore;
    boundMs: number;
    clock: Clock;
    logger: Logger;
  }) {
    this.#log = parts.log;
    this.#stored = parts.stored;
    this.#publisher = new RevocationPublisher(parts);
    this.#boundMs = parts.boundMs;
    this.#clock = parts.clock;
    this.#outages = new OutageWatch(parts.logger);
  }

  /** Reads what is revoked, and goes on hearing of it until `stop`. */
  async start(): Promise<void> {
    await this.#readStored();
    const every = (ms: number, work: () => void) => this.#timers.push(setInterval(work, ms));
    every(this.#boundMs / PROBES_PER_BOUND, () => this.#probeInBackground());
    every(LEFTOVERS_MS, () => {
      if (this.degradedBy === undefined) void this.#publisher.publishLeftovers();
    });
    every(FORGET_MS, () => this.#revocations.forgetExpired(this.#clock.now()));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  get areCurrent(): boolean {
    return performance.now() - this.#provenAt <= this.#boundMs;
  }

  /** What leaves us unanswered, so that nothing can be proven. */
  get degradedBy(): Dependency | undefined {
    return this.#outages.failing;
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where it cannot be proven that nothing was missed */
  async ensureCurrent(): Promise<void> {
    if (this.areCurrent) return;
    const failing = this.#outages.failingFor(FAIL_FAST_AFTER_MS);
    if (failing !== undefined) throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: failing });
    const beganAt = performance.now();
    await this.#probe();
    // However long its answer took, a probe proves all that this look-up needs; a reading that it joined may not.
    if (this.#provenAt < beganAt - this.#boundMs) {
      throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'the database answers too late' });
    }
  }

  isRevoked(token: Pick<AccessToken, 'id' | 'connectionId' | 'generation'>): boolean {
    return this.#revocations.isRevoked(token);
  }

  onChange(listener: (connectionId: string | undefined) => void): void {
    this.#listeners.onChange(listener);
  }

  /**
   * Makes known to every replica what was committed to the database; to this one last, which would otherwise refuse, and
   * call revoked, what others that could not be told still accept.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where they cannot be told now: it is tried again until they are
   */
  async publish(kept: readonly KeptRevocation[]): Promise<void> {
    await this.#publisher.publish(kept);
    for (const { revocation } of kept) this.#apply(revocation);
  }

  /** Somebody says that the log has grown. */
  hint(): void {
    if (this.#probesUnderWay > 0) this.#isHintPending = true;
    else this.#probeInBackground();
  }

  #probeInBackground(): void {
    if (this.#probesUnderWay >= PROBES_UNDER_WAY_MAX) return;
    this.#probe().catch(() => undefined);
  }

  async #probe(): Promise<void> {
    const sentAt = performance.now();
    const place = this.#place;
    this.#probesUnderWay++;
    try {
      const slice = await this.#outages.ask('redis', () => this.#log.probe(place.cursor));
      if (mayLack(slice, place)) await this.#readStored();
      else this.#accept(slice, sentAt);
      this.#outages.end();
    } finally {
      this.#probesUnderWay--;
      if (this.#isHintPending) {
        this.#isHintPending = false;
        this.#probeInBackground();
      }
    }
  }

  #accept({ identity, newest, added, revocations }: LogSlice, sentAt: number): void {
    for (const revocation of revocations) this.#apply(revocation);
    // Answers to probes that were under way together come in their order, but one may come behind a reading anew.
    if (identity === this.#place.identity && added > this.#place.added) {
      this.#place = { identity, cursor: newest, added };
    }
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  /** Reads everything from the database, for whoever finds the log wanting at the same time together. */
  #readStored(): Promise<void> {
    this.#reading ??= this.#readStoredOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readStoredOnce(): Promise<void> {
    const sentAt = performance.now();
    // The place in the log first: what is added while the database is read stands behind it.
    const { identity, newest, added } = await this.#outages.ask('redis', () => this.#log.probe(LOG_END, randomUUID()));
    const kept = await this.#outages.ask('database', () => this.#stored.list(this.#clock.now()));
    // What is refused here is called revoked here: nobody is told so before every replica was.
    const untold = kept.filter(({ isPublished }) => !isPublished);
    await this.#outages.ask('redis', () => this.#publisher.publish(untold));
    for (const { revocation } of kept) this.#revocations.add(revocation);
    this.#place = { identity, cursor: newest, added };
    this.#listeners.tell(undefined);
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  #apply(revocation: Revocation): void {
    this.#revocations.add(revocation);
    if ('connectionId' in revocation) this.#listeners.tell(revocation.connectionId);
  }
}
