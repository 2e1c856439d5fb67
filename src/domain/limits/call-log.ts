import type { Quota } from './quota.js';

/**
 * The decision whether calls are within a quota, exactly: of the newest calls the log holds each one's instant, and for
 * the day how many there were in each minute. `decide` is a function of the log, the quota, the clock and the cost alone,
 * `record` notes what was admitted. lua/countCalls.lua is the same decision inside Redis; test/property/limits holds the
 * two and a naive count to each other.
 *
 * A call of cost c is within n a minute where the (n-c+1)-th newest admission is a minute old: one look at one place of
 * the log, whatever n is. Instants are microseconds since the epoch.
 */
export interface CallLog {
  /** How many calls were ever admitted: the newest stands in `instants` at `sequence - 1`, modulo its length. */
  sequence: number;
  lastAtUs: number;
  instants: Float64Array;
  /**
   * By minute since the epoch, modulo their number; only those from `oldestMinute` to that of `lastAtUs` mean anything.
   * Empty where the quota knows no day.
   */
  readonly minutes: Uint32Array;
  oldestMinute: number;
  /** All that `minutes` holds. */
  inMinutes: number;
  /** Since the midnight (UTC) before `lastAtUs`. */
  sinceMidnight: number;
}

/** What is left of one window. */
export interface WindowState {
  readonly limit: number;
  readonly remaining: number;
  /** When more of it comes free; where none of it is used, now. */
  readonly resetsAtUs: number;
  /** When the refused cost comes free; undefined where this window did not refuse it. */
  readonly retryAtUs: number | undefined;
}

export interface Decision {
  readonly isAdmitted: boolean;
  /** The instant that it was decided at, by the counter's clock. */
  readonly decidedAtUs: number;
  readonly minute: WindowState;
  /** Undefined where the quota knows no day. */
  readonly day: WindowState | undefined;
}

export const MINUTE_US = 60_000_000;
export const DAY_US = 86_400_000_000;
/** One more than a day has: a minute is let go of when even its last call is a day old. */
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

/** Whether calls of `cost`, at most what the quota ever admits, are admitted together. A cost of 0 asks how things stand. */
export function decide(log: Readonly<CallLog>, quota: Quota, clockUs: number, cost: number): Decision {
  // A clock that was set back must not let anything leave a window early, nor enter the log out of order.
  const atUs = Math.max(clockUs, log.lastAtUs);
  const minute = minuteUse(log, quota, atUs);
  const day = quota.perDay === undefined ? undefined : dayUse(log, quota, quota.perDay, atUs);
  const isWithin = (use: WindowUse) => use.used + cost <= use.limit;
  // A limit that was lowered may be behind what is used already: asking is free all the same.
  const isAdmitted = cost === 0 || (isWithin(minute) && (day === undefined || isWithin(day)));
  const added = isAdmitted ? cost : 0;
  return {
    isAdmitted,
    decidedAtUs: clockUs,
    minute: stateOf(minute, cost, added, clockUs),
    day: day && stateOf(day, cost, added, clockUs),
  };
}

/** Notes that calls of `cost` were admitted. */
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
  /** When the first of what is used comes free. */
  readonly firstFreeUs: number;
  /** When the first call that is made now comes free. */
  readonly newFreeUs: number;
  /** When `count` of what is used have come free. */
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

/** The instant of the `nth` newest call, the newest being the first; 0 where there were not as many. */
function newest(log: Readonly<CallLog>, nth: number): number {
  const place = log.sequence - nth;
  return place < 0 ? 0 : (log.instants[place % log.instants.length] as number);
}

/** How many calls came after an instant: the log is in order, so halving finds it. */
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

/** What the minutes after `goneMinute` hold, and the first of them that holds anything. */
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

/** Lets go of the minutes that are a day old at `atUs`, and makes room for those since the last call. */
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

/** The minute since the epoch that an instant lies in. */
export function minuteOf(instantUs: number): number {
  return Math.floor(instantUs / MINUTE_US);
}

/** When the calls of a minute are all a day old. */
function freeOf(minute: number): number {
  return (minute + MINUTES_KEPT) * MINUTE_US;
}

function midnightBefore(instantUs: number): number {
  return Math.floor(instantUs / DAY_US) * DAY_US;
}
