import type { Quota } from './quota.js';

/**
 * Decides exactly whether calls are within a quota. The log holds the instant of each of the newest calls, and the
 * number of calls in each minute of the day. `decide` depends on the log, the quota, the clock and the cost alone;
 * `record` notes admitted calls. lua/countCalls.lua makes the same decision inside Redis; test/property/limits compares
 * both with a naive count.
 *
 * A call of cost c fits n calls a minute where the (n-c+1)-th newest admission is a minute old, so a decision reads one
 * place of the log, whatever n is. Instants are microseconds since the epoch.
 */
export interface CallLog {
  /** All calls ever admitted; `instants` holds the newest at `sequence - 1`, modulo its length. */
  sequence: number;
  lastAtUs: number;
  instants: Float64Array;
  /**
   * Calls in each minute since the epoch, at the minute modulo the length; valid from `oldestMinute` to the minute of
   * `lastAtUs`. Empty where the quota limits no day.
   */
  readonly minutes: Uint32Array;
  oldestMinute: number;
  /** The sum of the valid `minutes`. */
  inMinutes: number;
  /** Calls since the midnight (UTC) before `lastAtUs`. */
  sinceMidnight: number;
}

/** The remaining calls of one window. */
export interface WindowState {
  readonly limit: number;
  readonly remaining: number;
  /** When more calls come free; the present where the window holds no call. */
  readonly resetsAtUs: number;
  /** When the refused cost comes free; undefined where this window did not refuse the cost. */
  readonly retryAtUs: number | undefined;
}

export interface Decision {
  readonly isAdmitted: boolean;
  /** The instant of the decision, by the counter's clock. */
  readonly decidedAtUs: number;
  readonly minute: WindowState;
  /** Undefined where the quota limits no day. */
  readonly day: WindowState | undefined;
}

export const MINUTE_US = 60_000_000;
export const DAY_US = 86_400_000_000;
/** One minute more than a day: a minute leaves the log when its last call is a day old. */
const MINUTES_KEPT = 1441;

export function createCallLog({ perMinute, perDay }: Quota): CallLog {
  return {
    sequence: 0,
    lastAtUs: 0,
    instants: new Float64Array(perMinute),
    minutes: new Uint32Array(perDay === undefined ? 0 : MINUTES_KEPT),
    oldestMinute: 0,
    inMinutes: 0,
    sinceMidnight: 0,
  };
}

/** Whether the quota admits calls of `cost` together; `cost` is at most the quota itself. A cost of 0 only reads. */
export function decide(log: Readonly<CallLog>, quota: Quota, clockUs: number, cost: number): Decision {
  // A clock that runs backwards must neither free calls early nor record calls out of order.
  const atUs = Math.max(clockUs, log.lastAtUs);
  const minute = minuteUse(log, quota, atUs);
  const day = quota.perDay === undefined ? undefined : dayUse(log, quota, quota.perDay, atUs);
  const isWithin = (use: WindowUse) => use.used + cost <= use.limit;
  // Reading succeeds even where a lowered limit is already exceeded.
  const isAdmitted = cost === 0 || (isWithin(minute) && (day === undefined || isWithin(day)));
  const added = isAdmitted ? cost : 0;
  return {
    isAdmitted,
    decidedAtUs: clockUs,
    minute: stateOf(minute, cost, added, clockUs),
    day: day && stateOf(day, cost, added, clockUs),
  };
}

/** Records admitted calls of `cost`. */
export function record(log: CallLog, clockUs: number, cost: number): void {
  const atUs = Math.max(clockUs, log.lastAtUs);
  for (let count = 0; count < cost; count++) log.instants[log.sequence++ % log.instants.length] = atUs;
  if (log.minutes.length > 0) recordInDay(log, atUs, cost);
  log.lastAtUs = atUs;
}

function recordInDay(log: CallLog, atUs: number, cost: number): void {
  rollTo(log, atUs);
  const minute = minuteOf(atUs) % MINUTES_KEPT;
  log.minutes[minute] = (log.minutes[minute] as number) + cost;
  log.inMinutes += cost;
  log.sinceMidnight = (midnightBefore(atUs) > log.lastAtUs ? 0 : log.sinceMidnight) + cost;
}

interface WindowUse {
  readonly limit: number;
  readonly used: number;
  /** When the oldest used call comes free. */
  readonly firstFreeUs: number;
  /** When a call made now comes free. */
  readonly newFreeUs: number;
  /** When `count` used calls have come free. */
  freeUs(count: number): number;
}

function stateOf(use: WindowUse, cost: number, added: number, clockUs: number): WindowState {
  const { limit, used, firstFreeUs, newFreeUs } = use;
  const lacking = used + cost - limit;
  return {
    limit,
    remaining: Math.max(0, limit - used - added),
    resetsAtUs: used > 0 ? firstFreeUs : added > 0 ? newFreeUs : clockUs,
    retryAtUs: lacking > 0 && cost > 0 ? use.freeUs(lacking) : undefined,
  };
}

function minuteUse(log: Readonly<CallLog>, { perMinute }: Quota, atUs: number): WindowUse {
  const used = countNewerThan(log, atUs - MINUTE_US);
  return {
    limit: perMinute,
    used,
    firstFreeUs: newest(log, used) + MINUTE_US,
    newFreeUs: atUs + MINUTE_US,
    freeUs: (count) => newest(log, used - count + 1) + MINUTE_US,
  };
}

/** The instant of the `nth` newest call, counted from 1; 0 where the log has fewer calls. */
function newest(log: Readonly<CallLog>, nth: number): number {
  const place = log.sequence - nth;
  return place < 0 ? 0 : (log.instants[place % log.instants.length] as number);
}

/** Counts the calls after an instant by binary search: the log is in order. */
function countNewerThan(log: Readonly<CallLog>, instantUs: number): number {
  let known = 0;
  let unknown = Math.min(log.sequence, log.instants.length) + 1;
  while (unknown - known > 1) {
    const middle = (known + unknown) >> 1;
    if (newest(log, middle) > instantUs) known = middle;
    else unknown = middle;
  }
  return known;
}

function dayUse(log: Readonly<CallLog>, { dayWindow }: Quota, limit: number, atUs: number): WindowUse {
  if (dayWindow === 'calendar') {
    const midnightUs = midnightBefore(atUs) + DAY_US;
    const used = midnightBefore(atUs) > log.lastAtUs ? 0 : log.sinceMidnight;
    return { limit, used, firstFreeUs: midnightUs, newFreeUs: midnightUs, freeUs: () => midnightUs };
  }
  const minute = minuteOf(atUs);
  const { used, oldestMinute } = usedSince(log, minute - MINUTES_KEPT);
  return {
    limit,
    used,
    firstFreeUs: freeOf(oldestMinute),
    newFreeUs: freeOf(minute),
    freeUs: (count) => {
      let freed = 0;
      for (let free = oldestMinute; ; free++) {
        freed += log.minutes[free % MINUTES_KEPT] as number;
        if (freed >= count) return freeOf(free);
      }
    },
  };
}

/** The calls in the minutes after `goneMinute`, and the first of those minutes that has a call. */
function usedSince(log: Readonly<CallLog>, goneMinute: number): { used: number; oldestMinute: number } {
  const lastMinute = minuteOf(log.lastAtUs);
  let { inMinutes: used, oldestMinute } = log;
  for (; used > 0 && oldestMinute <= lastMinute; oldestMinute++) {
    const count = log.minutes[oldestMinute % MINUTES_KEPT] as number;
    if (oldestMinute > goneMinute && count > 0) break;
    used -= count;
  }
  return { used, oldestMinute };
}

/** Drops the minutes that are a day old at `atUs`, and clears the minutes since the last call. */
function rollTo(log: CallLog, atUs: number): void {
  const minute = minuteOf(atUs);
  const lastMinute = minuteOf(log.lastAtUs);
  if (minute === lastMinute) return;
  const { used, oldestMinute } = usedSince(log, minute - MINUTES_KEPT);
  log.inMinutes = used;
  log.oldestMinute = used === 0 ? minute : oldestMinute;
  const passed = Math.min(minute - lastMinute, MINUTES_KEPT);
  for (let back = 0; back < passed; back++) log.minutes[(minute - back) % MINUTES_KEPT] = 0;
}

/** The minute since the epoch that holds an instant. */
export function minuteOf(instantUs: number): number {
  return Math.floor(instantUs / MINUTE_US);
}

/** When every call of a minute is a day old. */
function freeOf(minute: number): number {
  return (minute + MINUTES_KEPT) * MINUTE_US;
}

function midnightBefore(instantUs: number): number {
  return Math.floor(instantUs / DAY_US) * DAY_US;
}
