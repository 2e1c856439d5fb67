import { randomUUID } from 'node:crypto';
import type { Appended, AuditFeed } from '../../domain/audit/audit.feed.js';
import { DomainError } from '../../domain/errors.js';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import { type Revocation, Revocations } from '../../domain/tokens/revocation.js';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';
import { AuditListeners } from '../memory/audit-listeners.js';
import { ChangeListeners } from '../memory/change-listeners.js';
import type { ConnectionChanges } from '../memory/connection.changes.js';
import { type Dependency, OutageWatch } from './outage.watch.js';
import { LOG_END, type LogPlace, type LogSlice, mayLack, type RevocationLog } from './revocation.log.js';
import { RevocationPublisher } from './revocation.publisher.js';
import type { KeptRevocation, RevocationStore } from './revocation.store.js';

/** Probes in the life of a proof: some may get lost without the proof lapsing. */
const PROBES_PER_BOUND = 4;
/** The most unanswered probes at once: more would pile up behind a dead link. */
const PROBES_UNDER_WAY_MAX = 4;
/** After a server's silence of this long, callers fail at once instead of each after a time-out. */
const FAIL_FAST_AFTER_MS = 500;
/** How often this replica looks for stored revocations that replicas were not told of. */
const LEFTOVERS_MS = 1_000;
const FORGET_MS = 60_000;

/**
 * What this replica knows of revocations, and whether it may rely on that knowledge.
 *
 * The guarantee: a look-up refuses what any replica revoked and acknowledged more than `boundMs` before the look-up
 * began. It rests on proofs, not on messages: an answered probe proves that this replica knows every revocation
 * acknowledged before the probe was sent, and the proof is good for `boundMs`. Lost hints, dead links and a paused
 * process make proofs lapse, never last longer. Without a proof `areCurrent` is false and `ensureCurrent` asks; where
 * Redis does not answer, `ensureCurrent` throws, and look-ups fail closed.
 *
 * Redis may lose the log, by a restart, a failover or FLUSHALL. The server's run id, the log's epoch and the count of
 * entries reveal the loss. This replica then reads everything again from the database, which committed each revocation
 * before its acknowledgement. So no loss in Redis revives a token, and nobody needs to write anything back to Redis.
 */
export class RevocationFeed implements ConnectionChanges, AuditFeed {
  readonly #log: RevocationLog;
  readonly #stored: RevocationStore;
  readonly #publisher: RevocationPublisher;
  readonly #boundMs: number;
  readonly #clock: Clock;
  readonly #outages: OutageWatch;
  readonly #revocations = new Revocations();
  readonly #listeners = new ChangeListeners();
  readonly #followers = new AuditListeners();
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
    this.#outages = new OutageWatch(parts.clock, parts.logger);
  }

  /** Reads all revocations, and follows new ones until `stop`. */
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
    return this.proofAgeMs <= this.#boundMs;
  }

  /** How long ago the newest answered probe was sent; Infinity before the first. */
  get proofAgeMs(): number {
    return this.#clock.monotonicMs() - this.#provenAt;
  }

  /** The dependency whose silence prevents a proof. */
  get degradedBy(): Dependency | undefined {
    return this.#outages.failing;
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where no probe proves that this replica missed nothing */
  async ensureCurrent(): Promise<void> {
    if (this.areCurrent) return;
    const failing = this.#outages.failingFor(FAIL_FAST_AFTER_MS);
    if (failing !== undefined) throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: failing });
    const beganAt = this.#clock.monotonicMs();
    await this.#probe();
    // Even a late answer to a probe proves enough for this look-up; a reading of the database that it joined may not.
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

  onAppended(listener: (appended: Appended | undefined) => void): () => void {
    return this.#followers.onAppended(listener);
  }

  /**
   * Tells every replica of a committed change, and of revocations this one last: it would otherwise call a token revoked
   * that replicas not yet told still accept.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where replicas cannot be told now; retries go on until they are
   */
  async publish(kept: readonly KeptRevocation[], appended: readonly Appended[]): Promise<void> {
    this.#followers.tell(appended);
    if (kept.length === 0) void this.#publisher.announce(appended);
    await this.#publisher.publish(kept, appended);
    for (const { revocation } of kept) this.#apply(revocation);
  }

  /** Follows a hint that the log has grown. */
  hint(): void {
    if (this.#probesUnderWay > 0) this.#isHintPending = true;
    else this.#probeInBackground();
  }

  #probeInBackground(): void {
    if (this.#probesUnderWay >= PROBES_UNDER_WAY_MAX) return;
    this.#probe().catch(() => undefined);
  }

  async #probe(): Promise<void> {
    const sentAt = this.#clock.monotonicMs();
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

  #accept({ identity, newest, added, revocations, appended }: LogSlice, sentAt: number): void {
    for (const revocation of revocations) this.#apply(revocation);
    this.#followers.tell(appended);
    // Answers to concurrent probes come in order, but one may come after a new reading of the database.
    if (identity === this.#place.identity && added > this.#place.added) {
      this.#place = { identity, cursor: newest, added };
    }
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  /** Reads everything from the database; concurrent callers share one reading. */
  #readStored(): Promise<void> {
    this.#reading ??= this.#readStoredOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readStoredOnce(): Promise<void> {
    const sentAt = this.#clock.monotonicMs();
    // Notes the place in the log first: entries added during the reading stand behind it.
    const { identity, newest, added } = await this.#outages.ask('redis', () => this.#log.probe(LOG_END, randomUUID()));
    const kept = await this.#outages.ask('database', () => this.#stored.list(this.#clock.now()));
    // Callers will hear "revoked" from this replica, so every replica must know first.
    const untold = kept.filter(({ isPublished }) => !isPublished);
    await this.#outages.ask('redis', () => this.#publisher.publish(untold));
    for (const { revocation } of kept) this.#revocations.add(revocation);
    this.#place = { identity, cursor: newest, added };
    this.#listeners.tell(undefined);
    this.#followers.tell([undefined]);
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  #apply(revocation: Revocation): void {
    this.#revocations.add(revocation);
    if ('connectionId' in revocation) this.#listeners.tell(revocation.connectionId);
  }
}
