import { LRUCache } from 'lru-cache';
import type { Decision } from '../../domain/limits/call-log.js';

/** Beyond this many, Redis is asked again about the least recently used. */
const REFUSALS_MAX = 10_000;
/** How long a refusal by the day is remembered: another replica may know a raised limit. */
const DAY_REFUSAL_MS = 1_000;

interface Refusal {
  readonly decision: Decision;
  readonly answeredAt: number;
  readonly until: number;
}

/** Refusals, each for as long as it holds. Instants are milliseconds of the monotonic clock. */
export class RememberedRefusals {
  readonly #refusals = new LRUCache<string, Refusal>({ max: REFUSALS_MAX });

  remember(subject: string, cost: number, decision: Decision, sentAt: number): void {
    const waitMs = (retryAtUs: number | undefined) => ((retryAtUs ?? 0) - decision.decidedAtUs) / 1000;
    // Counting from before the question ends the refusal early rather than late.
    const until =
      sentAt + Math.max(waitMs(decision.minute.retryAtUs), Math.min(waitMs(decision.day?.retryAtUs), DAY_REFUSAL_MS));
    this.#refusals.set(keyOf(subject, cost), { decision, answeredAt: performance.now(), until });
  }

  /** The remembered decision, if any. A cost of 0, which only asks, shares the refusal of a single call. */
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
    // Counting from Redis's answer tells no caller to come back too early.
    const passedUs = Math.floor((now - known.answeredAt) * 1000);
    return { ...known.decision, decidedAtUs: known.decision.decidedAtUs + passedUs, isAdmitted: cost === 0 };
  }
}

function keyOf(subject: string, cost: number): string {
  return `${cost}/${subject}`;
}
