import { type BigIntStats, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { DomainError } from '../../domain/errors.js';

/**
 * The file opened at the database's path. Where another file takes its place, SQLite keeps using the opened one but
 * leaves its write-ahead log at the path: the next start would replay that log over the other file.
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

  /** Call before closing the database: leaves no log of it beside another file. */
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

  /** Writes the log into the opened file, wherever that file is now. */
  #emptyLog(): void {
    // SQLite refuses a checkpoint inside a transaction; a later statement comes here again.
    if (this.#database.isTransaction) return;
    try {
      this.#database.exec('pragma wal_checkpoint(truncate)');
    } catch {
      // The disk takes no writes now; the caller still reports the replaced file.
    }
  }
}
