/**
 * `rolling`: any 24 hours, in steps of a minute: a call counts for a day and at most a minute more.
 * `calendar`: from midnight to midnight, UTC.
 */
export const DAY_WINDOWS = ['rolling', 'calendar'] as const;
export type DayWindow = (typeof DAY_WINDOWS)[number];

/** How many calls a subject may make. */
export interface Quota {
  /** In any 60 seconds, wherever they begin. */
  readonly perMinute: number;
  /** In a day; undefined: no limit a day. */
  readonly perDay: number | undefined;
  readonly dayWindow: DayWindow;
}

/** The log keeps 8 bytes for each call of a minute, in Redis and in memory: at most 80 kB for an organisation. */
export const CALLS_PER_MINUTE_MAX = 10_000;
export const CALLS_PER_DAY_MAX = 1_000_000_000;

/** The limits of organisations and their callers. */
export interface Limits {
  /** Each organisation's quota of calls, by the organisation's id. */
  readonly quotas: ReadonlyMap<string, Quota>;
  /** One caller's management operations in a minute. */
  readonly managementPerMinute: number;
}
