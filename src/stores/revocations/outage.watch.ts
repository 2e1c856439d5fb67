import { describeFault } from '../../domain/described-fault.js';
import type { Clock } from '../../lib/clock.js';
import type { Logger } from '../../lib/logger.js';

/** A server that a replica depends on. */
export type Dependency = 'redis' | 'database';

const NAMES: Record<Dependency, string> = { redis: 'Redis', database: 'PostgreSQL' };

/** Which dependency does not answer, and since when, as far as questions through this watch tell. */
export class OutageWatch {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #outage: { readonly of: Dependency; readonly since: number } | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get failing(): Dependency | undefined {
    return this.#outage?.of;
  }

  /** A sentence for the log where a dependency has failed for longer than `ms`. */
  failingFor(ms: number): string | undefined {
    if (this.#outage === undefined || this.#clock.monotonicMs() - this.#outage.since <= ms) return undefined;
    return `${NAMES[this.#outage.of]} does not answer`;
  }

  /** Asks a dependency, which counts as failing from an unanswered question until `end`. */
  async ask<T>(dependency: Dependency, question: () => Promise<T>): Promise<T> {
    const since = this.#clock.monotonicMs();
    try {
      return await question();
    } catch (error) {
      if (this.#outage?.of !== dependency) {
        this.#outage = { of: dependency, since };
        this.#logger.warn(`${NAMES[dependency]} does not answer`, describeFault(error));
      }
      throw error;
    }
  }

  /** Ends the outage: every dependency needed has answered. */
  end(): void {
    if (this.#outage !== undefined) this.#logger.info(`${NAMES[this.#outage.of]} answers again`);
    this.#outage = undefined;
  }
}
