import type { Revocation } from '../../domain/tokens/revocation.js';

/** What the log answered to one probe. */
export interface LogSlice {
  /** Of the server, of its life as a primary and of the log's life on it: another one where anything may have been lost. */
  readonly identity: string;
  /** The id of the entry that was added last: where to go on. */
  readonly newest: string;
  /** How many entries were ever added. */
  readonly added: number;
  /** How many of them stand behind the cursor. */
  readonly entries: number;
  /** What they say, oldest first. */
  readonly revocations: readonly Revocation[];
}

/** How far a log was read, and which one it was. */
export interface LogPlace {
  readonly identity: string;
  /** The id of the last entry that was read. */
  readonly cursor: string;
  /** How many entries had ever been added then. */
  readonly added: number;
}

/** Behind every entry that will ever be. */
export const LOG_END = '18446744073709551615-0';

/** The log by which replicas tell each other of revocations. It may be lost: the database has them all. */
export interface RevocationLog {
  /** When this resolves, every probe that is sent from now on sees them. */
  publish(revocations: readonly Revocation[]): Promise<void>;
  /** What stands behind `cursor`; with `newEpoch`, a log that has lost its epoch is given this one. */
  probe(cursor: string, newEpoch?: string): Promise<LogSlice>;
}

/** Whether the log may have lost entries behind the place: another log, or fewer entries than were added since. */
export function mayLack({ identity, added, entries }: LogSlice, place: LogPlace): boolean {
  return identity !== place.identity || entries !== added - place.added;
}
