import type { Clock } from '../../src/lib/clock.js';

/** A clock that stands still until it is told to move. */
export class TestClock implements Clock {
  #now: number;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  nowUs(): number {
    return this.#now * 1000;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
