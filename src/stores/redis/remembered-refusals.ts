import { LRUCache } from 'lru-cache';
import type { Decision } from '../../domain/limits/call-log.js';

/** More at once, and some are asked about again. */
const REFUSALS_MAX = 10_000;
/** A refusal by the day is asked about again after this: a limit may have been raised elsewhere meanwhile. */
const DAY_REFUSAL_MS = 1_000;

interface Refusal {
  readonly decision: Decision;
  readonly answeredAt: number;
  readonly until: number;
}

/** Refusals, for as long as each of them holds by itself. Instants are of the monotonic clock. */
export class RememberedRefusals {
  readonly #refusals = new LRUCache<string, Refusal>({ max: REFUSALS_MAX });

  remember(subject: string, cost: number, decision: Decision, sentAt: number): void {
    const waitMs = (retryAtUs: number | undefined) => ((retryAtUs ?? 0) - decision.decidedAtUs) / 1000;
    // Counted from before Redis was asked, it ends early rather than late.
    const until =
      sentAt + Math.max(waitMs(decision.minute.retryAtUs), Math.min(waitMs(decision.day?.retryAtUs), DAY_REFUSAL_MS));
    this.#refusals.set(keyOf(subject, cost), { decision, answeredAt: performance.now(), until });
  }

  /** The decision, where it is known. Who asks how things stand is told by what is known where not one call is admitted. */
  recall(subject: string, cost: number): Decision | undefined {
    if (this.#refusals.size === 0) return undefined;
    const key = keyOf(subject, Math.max(cost, 1));
    const known = this.#refusals.get(key);
    if (known === undefined) return undefined;
    const now = performance.now();
    if (now >= known.until) {
      this.#refusals.delete(key);
      return undefined;
    }
    // Counted from when Redis had answered, so that nobody is told to come back too early.
    const passedUs = Math.floor((now - known.answeredAt) * 1000);
    return { ...known.decision, decidedAtUs: known.decision.decidedAtUs + passedUs, isAdmitted: cost === 0 };
  }
}

function keyOf(subject: string, cost: number): string {
  return `${cost}/${subject}`;
}
