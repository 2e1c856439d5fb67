/** This many failures in a row mean that a tenant is down. */
const FAILURES_MAX = 5;
const OPEN_MS_MIN = 1_000;
const OPEN_MS_MAX = 30_000;

/**
 * Keeps callers from waiting for a tenant that is down. After some failures in a row the breaker opens: nobody asks for
 * a second. Then one caller asks; its failure opens the breaker for twice as long, up to half a minute. Instants are
 * epoch milliseconds.
 */
export class CircuitBreaker {
  #failures = 0;
  #openUntil = 0;
  #openMs = OPEN_MS_MIN;
  #isProbing = false;

  /** Whether to ask now. After a pause one caller may ask; the others wait for its result, or for another pause. */
  mayAsk(now: number): boolean {
    if (this.#failures < FAILURES_MAX) return true;
    if (now < this.#openUntil) return false;
    this.#openUntil = now + this.#openMs;
    this.#isProbing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openMs = OPEN_MS_MIN;
    this.#isProbing = false;
  }

  failed(now: number): void {
    this.#failures++;
    if (this.#failures < FAILURES_MAX) return;
    // Questions that were under way when the breaker opened say nothing new.
    if (this.#failures > FAILURES_MAX && !this.#isProbing) return;
    if (this.#isProbing) this.#openMs = Math.min(2 * this.#openMs, OPEN_MS_MAX);
    this.#isProbing = false;
    this.#openUntil = now + this.#openMs;
  }
}
