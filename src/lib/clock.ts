/** Where the time comes from: injected, so that tests decide what "now" is. */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  now(): number;
  /** The same in microseconds, a whole number: for what has to tell calls of one millisecond apart. */
  nowUs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  nowUs: () => Math.floor((performance.timeOrigin + performance.now()) * 1000),
};
