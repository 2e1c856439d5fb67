/** A late answer is noticed at most this much later. */
const TICK_MS = 50;

interface Waiting {
  readonly untilTick: number;
  readonly reject: (error: Error) => void;
}

/**
 * Waits for each answer for a limited time, and counts only time in which this process ran: a process held up, by
 * a busy machine or by itself, could neither send the question nor read the answer. Ticks measure that time, since a
 * pause of any length is one tick; a timer would fire before the process reads its sockets.
 */
export class Patience {
  readonly #withinMs: number;
  /** In the order of their deadlines. */
  readonly #waiting = new Set<Waiting>();
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** Settles as `answer` does, or rejects where that takes too long. */
  wait<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = { untilTick: this.#tick + Math.ceil(this.#withinMs / TICK_MS), reject };
      this.#waiting.add(waiting);
      this.#timer ??= setInterval(() => this.#count(), TICK_MS);
      answer.then(
        (value) => {
          this.#waiting.delete(waiting);
          resolve(value);
        },
        (error: unknown) => {
          this.#waiting.delete(waiting);
          reject(error);
        },
      );
    });
  }

  #count(): void {
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#tick++;
    // Node.js reads sockets between a timer and an immediate.
    setImmediate(() => this.#giveUp());
  }

  #giveUp(): void {
    for (const waiting of this.#waiting) {
      if (waiting.untilTick > this.#tick) return;
      this.#waiting.delete(waiting);
      waiting.reject(new Error(`no answer within ${this.#withinMs} ms`));
    }
  }
}
