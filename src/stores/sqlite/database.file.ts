import { type BigIntStats, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { DomainError } from '../../domain/errors.js';

/**
 * The file at the database's path, as it was when it was opened. SQLite goes on with the file that it has open where another
 * one is put in its place, and leaves its write-ahead log at the path, to be played over the other one at the next start.
 */
export class DatabaseFile {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #opened: BigIntStats | undefined;

  /** `database` has just opened `path`, and holds its lock. */
  constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
    this.#opened = this.#atPath();
  }

  /** @throws DomainError TEMPORARILY_UNAVAILABLE where another file, or none, is at the path now */
  refuseAnother(): void {
    if (this.#isInPlace()) return;
    this.#emptyLog();
    throw new DomainError('TEMPORARILY_UNAVAILABLE', {
      detail: `${this.#path} was replaced, moved or removed while the gateway runs. Start the gateway anew on what is there now.`,
    });
  }

  /** To be called before the database is closed: leaves no log of it beside another file. */
  letGo(): void {
    if (!this.#isInPlace()) this.#emptyLog();
  }

  #isInPlace(): boolean {
    const now = this.#atPath();
    return now?.ino === this.#opened?.ino && now?.dev === this.#opened?.dev;
  }

  #atPath(): BigIntStats | undefined {
    return statSync(this.#path, { bigint: true, throwIfNoEntry: false });
  }

  /** What the log holds goes where it belongs: into the file that was opened, wherever that is now. */
  #emptyLog(): void {
    // Inside a transaction it cannot be done; the statement behind it comes here again.
    if (this.#database.isTransaction) return;
    try {
      this.#database.exec('pragma wal_checkpoint(truncate)');
    } catch {
      // The disk takes nothing now: that the file was replaced is what has to be said.
    }
  }
}
