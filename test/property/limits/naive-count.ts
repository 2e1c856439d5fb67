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
    const windows = {
      minute: { endOf: minuteEnds, limit: quota.perMinute },
      day: {
        endOf: quota.dayWindow === 'calendar' ? midnights : dayEnds,
        limit: quota.perDay ?? Number.POSITIVE_INFINITY,
      },
    };
    const retryOf = ({ endOf, limit }: Window) =>
      cost === 0 || this.#ends(endOf, atUs).length + cost <= limit ? undefined : this.#retry(endOf, limit - cost);
    const retries = { minute: retryOf(windows.minute), day: retryOf(windows.day) };
    const isAdmitted = retries.minute === undefined && retries.day === undefined;
    if (isAdmitted) for (let call = 0; call < cost; call++) this.admittedAtUs.push(atUs);
    const state = ({ endOf, limit }: Window, retryAtUs: number | undefined): WindowState => {
      const ends = this.#ends(endOf, atUs);
      const resetsAtUs = ends.length === 0 ? clockUs : Math.min(...ends);
      return { limit, remaining: Math.max(0, limit - ends.length), resetsAtUs, retryAtUs };
    };
    return {
      isAdmitted,
      decidedAtUs: clockUs,
      minute: state(windows.minute, retries.minute),
      day: quota.perDay === undefined ? undefined : state(windows.day, retries.day),
    };
  }

  /** When the calls that a window holds leave it. */
  #ends(endOf: Window['endOf'], atUs: number): number[] {
    return this.admittedAtUs.map(endOf).filter((endUs) => endUs > atUs);
  }

  /** The first instant at which at most `most` are held: one at which some come free. */
  #retry(endOf: Window['endOf'], most: number): number | undefined {
    const ends = this.admittedAtUs.map(endOf).sort((one, other) => one - other);
    return ends.find((endUs) => ends.length - 1 - ends.lastIndexOf(endUs) <= most);
  }
}

interface Window {
  readonly endOf: (instantUs: number) => number;
  readonly limit: number;
}

const minuteEnds = (instantUs: number) => instantUs + MINUTE_US;
const midnights = (instantUs: number) => (Math.floor(instantUs / DAY_US) + 1) * DAY_US;
/** A call leaves the rolling day with the last of its minute. */
const dayEnds = (instantUs: number) => (Math.floor(instantUs / MINUTE_US) + 1) * MINUTE_US + DAY_US;
