/**
 * `rolling`: any 24 hours, in steps of a minute: a call is forgotten when it is a day and at most a minute old.
 * `calendar`: from midnight to midnight, UTC.
 */
export const DAY_WINDOWS = ['rolling', 'calendar'] as const;
export type DayWindow = (typeof DAY_WINDOWS)[number];

/** How many calls a subject may make. */
export interface Quota {
  /** In any 60 seconds, wherever they begin. */
  readonly perMinute: number;
  /** In any day; undefined: as many as the minutes allow. */
  readonly perDay: number | undefined;
  readonly dayWindow: DayWindow;
}

/** A minute's log holds each of its calls: 8 bytes each, in Redis and in memory. */
export const CALLS_PER_MINUTE_MAX = 1_000_000;
export const CALLS_PER_DAY_MAX = 1_000_000_000;

/** What is limited, and to how much. */
export interface Limits {
  /** What each organisation may call, by its id. */
  readonly quotas: ReadonlyMap<string, Quota>;
  /** What one caller may ask of its organisation's management. */
  readonly managementPerMinute: number;
}
