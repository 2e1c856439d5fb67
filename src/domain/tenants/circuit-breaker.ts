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

  /** Whether to ask now. After a pause one caller may ask; the others wait for its result, or for another pause. */
  mayAsk(now: number): boolean {
    if (this.#failures < FAILURES_MAX) return true;
    if (now < this.#openUntil) return false;
    this.#openUntil = now + this.#openMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openMs = OPEN_MS_MIN;
  }

  failed(now: number): void {
    this.#failures++;
    if (this.#failures < FAILURES_MAX) return;
    if (this.#failures > FAILURES_MAX) this.#openMs = Math.min(2 * this.#openMs, OPEN_MS_MAX);
    this.#openUntil = now + this.#openMs;
  }
}
