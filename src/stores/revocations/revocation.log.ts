import type { Appended } from '../../domain/audit/audit.feed.js';
import type { Revocation } from '../../domain/tokens/revocation.js';

/** The log's answer to one probe. */
export interface LogSlice {
  /** Names the server, its life as a primary and the log's life on it: another identity means a possible loss. */
  readonly identity: string;
  /** The id of the newest entry: the next cursor. */
  readonly newest: string;
  /** How many entries were ever added. */
  readonly added: number;
  /** How many entries stand behind the cursor. */
  readonly entries: number;
  /** The entries' revocations, oldest first. */
  readonly revocations: readonly Revocation[];
  /** The entries' audit events, oldest first. */
  readonly appended: readonly Appended[];
}

/** A log, and how far it was read. */
export interface LogPlace {
  readonly identity: string;
  /** The id of the last entry read. */
  readonly cursor: string;
  /** How many entries had ever been added by then. */
  readonly added: number;
}

/** A cursor behind every possible entry. */
export const LOG_END = '18446744073709551615-0';

/**
 * The log by which replicas tell each other of changes: of revocations, and of new audit events. Redis may lose it: the
 * database has them all.
 */
export interface RevocationLog {
  /** Once this resolves, every later probe sees what was published. */
  publish(revocations: readonly Revocation[], appended: readonly Appended[]): Promise<void>;
  /** Reads the entries behind `cursor`; `newEpoch` becomes the epoch of a log that has lost its own. */
  probe(cursor: string, newEpoch?: string): Promise<LogSlice>;
}

/** Whether the log may have lost entries behind the place: another log, or fewer entries than were added since. */
export function mayLack({ identity, added, entries }: LogSlice, place: LogPlace): boolean {
  return identity !== place.identity || entries !== added - place.added;
}
