/** How finely time is counted: what is late is noticed at most so much later. */
const TICK_MS = 50;

interface Waiting {
  readonly untilTick: number;
  readonly reject: (error: Error) => void;
}

/**
 * Waits for answers, and for each only so long. What counts is time in which this process ran: an answer is not late where
 * it lay in a socket, or its question could not be sent, while the process was held up, by a busy machine or by itself.
 * Ticks tell that, since one is counted for a pause of any length; a timer would fire before the socket is read.
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
    // Sockets are read between a timer and what it puts off in this way.
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
