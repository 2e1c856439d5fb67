/** The source of time: injected, so tests decide what "now" is. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
  /** Whole microseconds since the Unix epoch, UTC, to tell calls of the same millisecond apart. */
  nowUs(): number;
  /** Milliseconds since an instant of this process, to measure spans by: nobody sets this clock. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};
