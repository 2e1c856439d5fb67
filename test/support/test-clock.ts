import type { Clock } from '../../src/lib/clock.js';

/** A clock that stands still until it is told to move. Spans are measured in real time, which `advance` adds to. */
export class TestClock implements Clock {
  readonly #begunAt: number;
  #now: number;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#begunAt = now;
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  nowUs(): number {
    return this.#now * 1000;
  }

  monotonicMs(): number {
    return performance.now() + this.advancedMs;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  protected get advancedMs(): number {
    return this.#now - this.#begunAt;
  }
}

/** The same where no real time counts: a span is as long as the clock was told to move. */
export class StoppedClock extends TestClock {
  override monotonicMs(): number {
    return this.advancedMs;
  }
}

/** A clock that stands still until it is started, and then runs with real time: what waits for it has to wait. */
export class StartableClock extends TestClock {
  #startedAtMs: number | undefined;

  start(): void {
    this.#startedAtMs ??= performance.now();
  }

  override now(): number {
    return super.now() + Math.floor(this.#ranMs());
  }

  override nowUs(): number {
    return super.nowUs() + Math.floor(this.#ranMs() * 1000);
  }

  #ranMs(): number {
    return this.#startedAtMs === undefined ? 0 : performance.now() - this.#startedAtMs;
  }
}
