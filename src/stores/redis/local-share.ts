import { DomainError } from '../../domain/errors.js';
import type { CallCounter, CountingMode } from '../../domain/limits/call.counter.js';
import { type CallLog, createCallLog, type Decision, decide, record } from '../../domain/limits/call-log.js';
import type { Quota } from '../../domain/limits/quota.js';
import type { Clock } from '../../lib/clock.js';
import type { RedisCallCounter } from './call-counter.redis.js';

interface Share {
  readonly quota: Quota & { readonly perDay: number };
  readonly log: CallLog;
}

/**
 * Counts in Redis. Without Redis, admits this replica's share of what was left of an organisation's quota at Redis's
 * last word, and tells Redis of these calls when it is back. All replicas together stay within the quota where each had
 * heard of the others' calls. A replica whose last word is old, or which alone is cut off, admits its share on top: at
 * most the quota divided by the number of replicas.
 */
export class LocalShareCallCounter implements CallCounter {
  readonly #redis: RedisCallCounter;
  readonly #clock: Clock;
  readonly #replicasMax: number;
  /** Shares of organisations only: as many as the configuration names. */
  readonly #shares = new Map<string, Share>();

  constructor(redis: RedisCallCounter, clock: Clock, replicasMax: number) {
    this.#redis = redis;
    this.#clock = clock;
    this.#replicasMax = replicasMax;
  }

  get mode(): CountingMode {
    return this.#redis.mode === 'exact' ? 'exact' : 'share';
  }

  count(subject: string, quota: Quota, cost: number): Decision | Promise<Decision> {
    const { perDay } = quota;
    if (perDay === undefined) return this.#redis.count(subject, quota, cost);
    const shared = () => this.#countShare(subject, { ...quota, perDay }, cost);
    if (this.#redis.mode !== 'exact') return shared();
    const decision = this.#redis.count(subject, quota, cost);
    if (!(decision instanceof Promise)) return decision;
    return decision.then(
      (decided) => {
        this.#shares.delete(subject);
        return decided;
      },
      (error: unknown) => {
        if (error instanceof DomainError && error.category === 'unavailable') return shared();
        throw error;
      },
    );
  }

  async keep(): Promise<void> {}

  #countShare(subject: string, quota: Share['quota'], cost: number): Decision {
    const share = this.#shareOf(subject, quota);
    if (cost > Math.min(share.quota.perMinute, share.quota.perDay)) {
      throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'the share of this replica is too small' });
    }
    const nowUs = this.#clock.nowUs();
    const decision = decide(share.log, share.quota, nowUs, cost);
    if (decision.isAdmitted && cost > 0) {
      record(share.log, nowUs, cost);
      this.#redis.owe(subject, cost);
    }
    // The limits are the organisation's; the remaining calls are this replica's.
    const day = decision.day && { ...decision.day, limit: quota.perDay };
    return { ...decision, minute: { ...decision.minute, limit: quota.perMinute }, day };
  }

  /** A share of what was left: the used part of the minute's share counts as calls made now. */
  #shareOf(subject: string, quota: Share['quota']): Share {
    const known = this.#shares.get(subject);
    if (known !== undefined) return known;
    const { inMinute = 0, inDay = 0 } = this.#redis.lastSeen(subject) ?? {};
    const partOf = (calls: number) => Math.floor(Math.max(0, calls) / this.#replicasMax);
    const part = { ...quota, perMinute: partOf(quota.perMinute), perDay: partOf(quota.perDay - inDay) };
    const share: Share = { quota: part, log: createCallLog(part) };
    const gone = part.perMinute - partOf(quota.perMinute - inMinute);
    if (gone > 0) record(share.log, this.#clock.nowUs(), gone);
    this.#shares.set(subject, share);
    return share;
  }
}
