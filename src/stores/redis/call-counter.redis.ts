import { Cluster } from 'ioredis';
import { DomainError } from '../../domain/errors.js';
import type { CallCounter, CountingMode } from '../../domain/limits/call.counter.js';
import type { Decision } from '../../domain/limits/call-log.js';
import type { Quota } from '../../domain/limits/quota.js';
import { orUnavailable } from './availability.js';
import type { RedisClient } from './client.js';
import { type Claim, CountAnswer, type Counted, type CountRequest, packQuestions } from './count-calls.js';
import { callsKey } from './keys.js';
import { RememberedRefusals } from './remembered-refusals.js';

/** The most subjects in one script call: such a call holds Redis for less than a millisecond. */
const SUBJECTS_MAX = 64;

interface Waiting {
  readonly resolve: (decision: Decision) => void;
  readonly reject: (error: unknown) => void;
}

/** Redis's last word on a subject. */
interface Seen {
  readonly key: string;
  readonly quota: Quota;
  claim: Claim;
}

/** One subject's questions in one turn of the event loop. */
interface Batch {
  readonly subject: string;
  readonly key: string;
  readonly quota: Quota;
  /** The cost of each. */
  readonly costs: number[];
  readonly waiting: Waiting[];
}

/**
 * Counts in Redis, for all replicas together. The questions of two turns of the event loop share script calls; in a
 * Cluster each subject has its own call, to the node of its slot.
 *
 * A refusal holds until the instant that it names: other callers' admissions only delay that instant. Until then this
 * replica refuses by itself, so neither a flood on an exhausted subject nor questions about it reach Redis.
 */
export class RedisCallCounter implements CallCounter {
  readonly #redis: RedisClient;
  readonly #isFailing: () => boolean;
  readonly #refusals = new RememberedRefusals();
  /** Subjects with a limit for the day: as many as there are organisations. */
  readonly #seen = new Map<string, Seen>();
  readonly #owed = new Map<string, number>();
  #batches = new Map<string, Batch>();

  constructor(redis: RedisClient, isFailing: () => boolean) {
    this.#redis = redis;
    this.#isFailing = isFailing;
  }

  get mode(): CountingMode {
    return this.#isFailing() ? 'closed' : 'exact';
  }

  count(subject: string, quota: Quota, cost: number): Decision | Promise<Decision> {
    return this.#refusals.recall(subject, cost) ?? this.#ask(subject, quota, cost);
  }

  /** Notes calls that this replica admitted without Redis: the next question counts them. */
  owe(subject: string, calls: number): void {
    if (calls > 0) this.#owed.set(subject, (this.#owed.get(subject) ?? 0) + calls);
  }

  /** Redis's last word on a subject. */
  lastSeen(subject: string): Claim | undefined {
    return this.#seen.get(subject)?.claim;
  }

  /** Repeats to Redis its last word on each subject, for when Redis may have lost its data. */
  restate(): void {
    for (const [subject, { quota }] of this.#seen) this.#ask(subject, quota, 0).catch(() => undefined);
  }

  async keep(): Promise<void> {}

  #ask(subject: string, quota: Quota, cost: number): Promise<Decision> {
    return new Promise((resolve, reject) => {
      if (this.#batches.size === 0) this.#flushAfterNextTurn();
      const batch = this.#batches.get(subject);
      if (batch === undefined) {
        const key = this.#seen.get(subject)?.key ?? callsKey(subject);
        this.#batches.set(subject, { subject, key, quota, costs: [cost], waiting: [{ resolve, reject }] });
      } else {
        batch.costs.push(cost);
        batch.waiting.push({ resolve, reject });
      }
    });
  }

  /**
   * A call costs a replica much the same whatever it carries. Under load the second turn makes a call carry 21 questions
   * instead of 8, which takes 5 of the 34 µs of a counted introspection; without load it takes no time.
   */
  #flushAfterNextTurn(): void {
    setImmediate(() => setImmediate(() => this.#flush()));
  }

  #flush(): void {
    const batches = [...this.#batches.values()];
    this.#batches = new Map();
    const together = this.#redis instanceof Cluster ? 1 : SUBJECTS_MAX;
    for (let from = 0; from < batches.length; from += together) {
      void this.#countTogether(batches.slice(from, from + together));
    }
  }

  async #countTogether(batches: readonly Batch[], isWhole = false): Promise<void> {
    const sentAt = performance.now();
    const requests = batches.map((batch) => this.#requestOf(batch, isWhole));
    try {
      const answer = new CountAnswer(await orUnavailable(this.#redis, () => this.#send(batches, requests)));
      const untold: Batch[] = [];
      batches.forEach((batch, index) => {
        const counted = answer.read(requests[index] as CountRequest);
        if (counted === undefined) untold.push(batch);
        else this.#settle(batch, counted, sentAt);
      });
      // Redis knows less than this replica saw: it gets the whole claim, once.
      if (untold.length > 0) await this.#countTogether(untold, true);
    } catch (error) {
      // Redis may have counted these calls or not. Counting owed calls twice admits less, dropping them more.
      for (const [index, { subject }] of batches.entries()) this.owe(subject, requests[index]?.owed ?? 0);
      for (const { reject } of batches.flatMap(({ waiting }) => waiting)) reject(error);
    }
  }

  #requestOf({ subject, quota, costs }: Batch, isWhole: boolean): CountRequest {
    const owed = this.#owed.get(subject) ?? 0;
    if (owed > 0) this.#owed.delete(subject);
    return { quota, costs, owed, claim: this.#seen.get(subject)?.claim, isWhole };
  }

  #send(batches: readonly Batch[], requests: readonly CountRequest[]): Promise<Buffer> {
    return this.#redis.countCallsBuffer(batches.length, ...batches.map(({ key }) => key), packQuestions(requests));
  }

  #settle(batch: Batch, { decisions, claim }: Counted, sentAt: number): void {
    const { subject, costs, waiting } = batch;
    if (claim !== undefined && batch.quota.perDay !== undefined) this.#note(batch, claim);
    waiting.forEach(({ resolve, reject }, index) => {
      const decision = decisions[index];
      if (decision === undefined) {
        reject(new DomainError('INTERNAL', { detail: 'the script has counted less than it was asked' }));
        return;
      }
      if (!decision.isAdmitted) this.#refusals.remember(subject, costs[index] ?? 0, decision, sentAt);
      resolve(decision);
    });
  }

  #note({ subject, key, quota }: Batch, claim: Claim): void {
    const seen = this.#seen.get(subject);
    if (seen === undefined) this.#seen.set(subject, { key, quota, claim });
    else seen.claim = claim;
  }
}
