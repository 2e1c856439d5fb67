import type { Decision, WindowState } from '../../../src/domain/limits/call-log.js';
import type { Quota } from '../../../src/domain/limits/quota.js';

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;

/**
 * Limits counted as one would on paper: every admitted call is kept with its instant, and each question goes through all
 * of them. Slow, and short enough to be believed.
 */
export class NaiveCount {
  readonly admittedAtUs: number[] = [];

  count(quota: Quota, clockUs: number, cost: number): Decision {
    const atUs = Math.max(clockUs, this.admittedAtUs.at(-1) ?? 0);
    const counts = { minute: minuteEnds, day: quota.dayWindow === 'calendar' ? midnights : dayEnds };
    const limits = { minute: quota.perMinute, day: quota.perDay ?? Number.POSITIVE_INFINITY };
    const fits = (window: 'minute' | 'day') => cost === 0 || this.#used(counts[window], atUs) + cost <= limits[window];
    const retries = {
      minute: fits('minute') ? undefined : this.#retry(counts.minute, limits.minute - cost),
      day: fits('day') ? undefined : this.#retry(counts.day, limits.day - cost),
    };
    const isAdmitted = fits('minute') && fits('day');
    if (isAdmitted) for (let call = 0; call < cost; call++) this.admittedAtUs.push(atUs);
    const state = (window: 'minute' | 'day'): WindowState => ({
      limit: limits[window],
      remaining: Math.max(0, limits[window] - this.#used(counts[window], atUs)),
      resetsAtUs: Math.min(...this.#held(counts[window], atUs).map(counts[window]), Number.POSITIVE_INFINITY),
      retryAtUs: retries[window],
    });
    const orNow = (window: WindowState) =>
      window.resetsAtUs === Number.POSITIVE_INFINITY ? { ...window, resetsAtUs: clockUs } : window;
    return {
      isAdmitted,
      decidedAtUs: clockUs,
      minute: orNow(state('minute')),
      day: quota.perDay === undefined ? undefined : orNow(state('day')),
    };
  }

  #held(endOf: (instantUs: number) => number, atUs: number): number[] {
    return this.admittedAtUs.filter((instantUs) => endOf(instantUs) > atUs);
  }

  #used(endOf: (instantUs: number) => number, atUs: number): number {
    return this.#held(endOf, atUs).length;
  }

  /** The first instant at which at most `most` are held: one at which some come free. */
  #retry(endOf: (instantUs: number) => number, most: number): number | undefined {
    const ends = this.admittedAtUs.map(endOf).sort((one, other) => one - other);
    return ends.find((endUs) => this.#used(endOf, endUs) <= most);
  }
}

const minuteEnds = (instantUs: number) => instantUs + MINUTE_US;
const midnights = (instantUs: number) => (Math.floor(instantUs / DAY_US) + 1) * DAY_US;
/** A call leaves the rolling day with the last of its minute. */
const dayEnds = (instantUs: number) => (Math.floor(instantUs / MINUTE_US) + 1) * MINUTE_US + DAY_US;
