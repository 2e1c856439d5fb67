import { LRUCache } from 'lru-cache';
import type { CallCounter } from '../../domain/limits/call.counter.js';
import { type CallLog, createCallLog, type Decision, decide, record } from '../../domain/limits/call-log.js';
import type { Quota } from '../../domain/limits/quota.js';
import type { Clock } from '../../lib/clock.js';

/** The most subjects that callers can make up, such as addresses: beyond it the least recently used are forgotten. */
const PASSING_MAX = 10_000;

/** Keeps logs beyond the life of the process. */
export interface KeptLogs {
  /** The subject's kept log, fitted to the quota; undefined where there is none. */
  restore(subject: string, quota: Quota, nowUs: number): CallLog | undefined;
  save(logs: ReadonlyMap<string, CallLog>): Promise<void>;
}

/** Counts for one process alone, in its memory. Keeps the logs that have a limit for the day. */
export class MemoryCallCounter implements CallCounter {
  readonly mode = 'exact';
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #kept: KeptLogs | undefined;
  /** Logs of organisations: as many as the configuration names. */
  readonly #lasting = new Map<string, CallLog>();
  readonly #passing = new LRUCache<string, CallLog>({ max: PASSING_MAX });
  #changed = new Map<string, CallLog>();

  constructor(clock: Pick<Clock, 'nowUs'>, kept?: KeptLogs) {
    this.#clock = clock;
    this.#kept = kept;
  }

  count(subject: string, quota: Quota, cost: number): Decision {
    const nowUs = this.#clock.nowUs();
    const log = this.#logOf(subject, quota, nowUs);
    const decision = decide(log, quota, nowUs, cost);
    if (decision.isAdmitted && cost > 0) {
      record(log, nowUs, cost);
      if (quota.perDay !== undefined) this.#changed.set(subject, log);
    }
    return decision;
  }

  async keep(): Promise<void> {
    if (this.#changed.size === 0 || this.#kept === undefined) return;
    const changed = this.#changed;
    this.#changed = new Map();
    try {
      await this.#kept.save(changed);
    } catch (error) {
      for (const [subject, log] of changed) this.#changed.set(subject, log);
      throw error;
    }
  }

  #logOf(subject: string, quota: Quota, nowUs: number): CallLog {
    const logs = quota.perDay === undefined ? this.#passing : this.#lasting;
    const known = logs.get(subject);
    if (known !== undefined) return known;
    const kept = quota.perDay === undefined ? undefined : this.#kept?.restore(subject, quota, nowUs);
    const log = kept ?? createCallLog(quota);
    logs.set(subject, log);
    return log;
  }
}
