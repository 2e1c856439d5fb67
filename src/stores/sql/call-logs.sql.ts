import type { Kysely } from 'kysely';
import { type CallLog, createCallLog, DAY_US, MINUTE_US, minuteOf } from '../../domain/limits/call-log.js';
import type { Quota } from '../../domain/limits/quota.js';
import type { KeptLogs } from '../memory/call-counter.memory.js';
import type { Schema } from './schema.js';

/** A log as JSON: the calls of the last minute, and the minutes of the last day that had calls. */
interface KeptLog {
  readonly lastAtUs: number;
  readonly calls: readonly (readonly [atUs: number, calls: number])[];
  readonly minutes: readonly (readonly [minute: number, calls: number])[];
}

/**
 * Calls no further apart are kept with the instant of the last of them, which admits none early: a log has at most 600
 * such pairs, whatever the limit.
 */
const TOGETHER_US = 100_000;
/** The most rows in one statement. */
const ROWS_MAX = 500;

/** The call logs of a gateway that counts alone, all read once at the start: a restart gives nobody a second quota. */
export class SqlCallLogs implements KeptLogs {
  readonly #db: Kysely<Schema>;
  readonly #atStart: ReadonlyMap<string, string>;

  private constructor(db: Kysely<Schema>, atStart: ReadonlyMap<string, string>) {
    this.#db = db;
    this.#atStart = atStart;
  }

  static async open(db: Kysely<Schema>): Promise<SqlCallLogs> {
    const rows = await db.selectFrom('call_logs').selectAll().execute();
    return new SqlCallLogs(db, new Map(rows.map(({ subject, log }) => [subject, log])));
  }

  restore(subject: string, quota: Quota, nowUs: number): CallLog | undefined {
    const text = this.#atStart.get(subject);
    return text === undefined ? undefined : toCallLog(JSON.parse(text) as KeptLog, quota, nowUs);
  }

  async save(logs: ReadonlyMap<string, CallLog>): Promise<void> {
    const rows = [...logs].map(([subject, log]) => ({ subject, log: JSON.stringify(toKeptLog(log)) }));
    for (let from = 0; from < rows.length; from += ROWS_MAX) {
      await this.#db
        .insertInto('call_logs')
        .values(rows.slice(from, from + ROWS_MAX))
        .onConflict((conflict) => conflict.column('subject').doUpdateSet((row) => ({ log: row.ref('excluded.log') })))
        .execute();
    }
  }
}

function toKeptLog({ sequence, lastAtUs, instants, minutes, oldestMinute }: CallLog): KeptLog {
  const calls: [number, number][] = [];
  // Going back from the newest call gives each pair the instant of its newest call.
  for (let place = sequence - 1; place >= Math.max(0, sequence - instants.length); place--) {
    const atUs = instants[place % instants.length] as number;
    if (atUs <= lastAtUs - MINUTE_US) break;
    const pair = calls.at(-1);
    if (pair !== undefined && pair[0] - atUs < TOGETHER_US) pair[1]++;
    else calls.push([atUs, 1]);
  }
  const kept: [number, number][] = [];
  for (let minute = oldestMinute; minute <= minuteOf(lastAtUs); minute++) {
    const count = minutes[minute % minutes.length] as number;
    if (count > 0) kept.push([minute, count]);
  }
  return { lastAtUs, calls: calls.reverse(), minutes: kept };
}

/** Caps instants at `nowUs`: a log kept by a clock that was ahead must not stay full until time catches up. */
function toCallLog(kept: KeptLog, quota: Quota, nowUs: number): CallLog {
  const { calls, minutes } = kept;
  const lastAtUs = Math.min(kept.lastAtUs, nowUs);
  const log = createCallLog(quota);
  for (const [atUs, count] of calls) {
    // For a lowered limit the newest calls suffice: while they last, the log admits nothing.
    for (let call = 0; call < count; call++) log.instants[log.sequence++ % log.instants.length] = Math.min(atUs, nowUs);
  }
  const nowMinute = minuteOf(nowUs);
  const midnight = minuteOf(lastAtUs - (lastAtUs % DAY_US));
  for (const [keptMinute, count] of minutes) {
    const minute = Math.min(keptMinute, nowMinute);
    const place = minute % log.minutes.length;
    log.minutes[place] = (log.minutes[place] as number) + count;
    log.inMinutes += count;
    // A clock that is behind may be back in the day before, of which the minutes still know the calls.
    if (minute >= midnight) log.sinceMidnight += count;
  }
  log.oldestMinute = Math.min(minutes[0]?.[0] ?? 0, nowMinute);
  return Object.assign(log, { lastAtUs });
}
