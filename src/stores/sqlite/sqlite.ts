import { mkdirSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { DomainError } from '../../domain/errors.js';
import { databasePath } from '../../lib/data-directory.js';
import { StartupError } from '../../lib/startup-error.js';
import type { Schema } from '../sql/schema.js';
import { copyWhileOpen } from './backup.sqlite.js';
import { DatabaseFile } from './database.file.js';
import { DiskWatch } from './disk.watch.js';

/** The data directory cannot be used; the message says why and what to do. */
export class DataDirectoryError extends StartupError {}

/** What each statement depends on: the opened file in its place, and a disk that takes writes. */
interface Watched {
  readonly file: DatabaseFile;
  readonly disk: DiskWatch;
}

/** An open embedded database, with its file and its disk. */
export interface OpenedSqlite extends Watched {
  readonly db: Kysely<Schema>;
  /** Copies the database to a new file while others use it. sealCopy has to finish the copy. */
  copyTo(path: string): Promise<void>;
}

/** The most prepared statements kept: our texts are few, and vary only in the lengths of lists. */
const STATEMENTS_MAX = 256;

/**
 * Opens the embedded database in `directory`, making either where it is missing.
 *
 * WAL and synchronous=FULL: a commit is on the disk when it returns. The operating system holds the exclusive lock for
 * the life of the process: a second process is refused, and a killed process leaves nothing to clean up.
 * @throws DataDirectoryError where the directory cannot be written or another process has it
 */
export function openSqlite(directory: string): OpenedSqlite {
  const database = open(directory);
  const file = new DatabaseFile(databasePath(directory), database);
  const disk = new DiskWatch(() => {
    file.refuseAnother();
    tryWrite(database);
  });
  const prepare = statementCache(database, { file, disk });
  const close = () => {
    disk.stop();
    try {
      file.letGo();
    } finally {
      database.close();
    }
  };
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: { close, prepare } }) });
  return { db, file, disk, copyTo: (path) => copyWhileOpen(db, database, path) };
}

/**
 * The log's length, 16 MB, at which SQLite brings its pages to the database. Tokens change the same pages of their indexes
 * again and again: four times SQLite's own length made a token cost a seventh less, and holds the event loop for 20 ms.
 */
const LOG_PAGES_MAX = 4_000;

/** As many pages as a change writes: room for fewer is no use. */
const TRIED_PAGES = 16;

/**
 * Writes pages and changes nothing: SQLite skips a row that stays the same, but always writes its header page. Refuses
 * to write inside a transaction, which may be rolled back.
 */
function tryWrite(database: DatabaseSync): void {
  if (database.isTransaction) throw new Error('A transaction is under way.');
  for (let page = 0; page < TRIED_PAGES; page++) database.exec('pragma user_version = 0');
}

function open(directory: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(databasePath(directory), { enableForeignKeyConstraints: true });
    database.exec('pragma locking_mode = exclusive');
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    database.exec(`pragma wal_autocheckpoint = ${LOG_PAGES_MAX}`);
    database.exec('begin exclusive; commit');
    return database;
  } catch (error) {
    database?.close();
    throw explain(error, directory);
  }
}

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;
/** Faults of the disk, not of the statement: they may pass, and the caller may try again. */
const UNAVAILABLE = new Set([SQLITE_BUSY, SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN]);

function primaryCodeOf(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** A DataDirectoryError for a failure of the disk or the file; other errors, our faults, stay as they are. */
export function explainDisk(error: unknown, directory: string): unknown {
  const cause = error instanceof DomainError ? error.cause : error;
  return primaryCodeOf(cause) === 0 ? error : explain(cause, directory);
}

function explain(error: unknown, directory: string): DataDirectoryError {
  const { code, message } = error as { code?: string; message: string };
  const primary = primaryCodeOf(error);
  const because = { cause: error };
  if (primary === SQLITE_BUSY) {
    return new DataDirectoryError(
      `Another Latchkey process uses the data directory ${directory}. Stop it, or set LATCHKEY_DATA_DIR to another one.`,
      because,
    );
  }
  if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) {
    return new DataDirectoryError(
      `${databasePath(directory)} is damaged or not a database. Restore it from a backup, or move it away.`,
      because,
    );
  }
  if (primary === SQLITE_FULL || code === 'ENOSPC') {
    return new DataDirectoryError(
      `The disk of the data directory ${directory} is full. Make room and start again: nothing was left half done.`,
      because,
    );
  }
  if (primary !== 0 && !UNAVAILABLE.has(primary)) {
    return new DataDirectoryError(
      `${databasePath(directory)} is not as a version of Latchkey leaves it (${message}). Restore it from a backup, or move it away.`,
      because,
    );
  }
  return new DataDirectoryError(
    `The data directory ${directory} cannot be written (${code === 'ERR_SQLITE_ERROR' ? message : code}). Make it writable for this user, or set LATCHKEY_DATA_DIR to one that is.`,
    because,
  );
}

/** Kysely prepares each query anew, which costs more than most of our queries do. */
function statementCache(database: DatabaseSync, { file, disk }: Watched): (sql: string) => SqliteStatement {
  const statements = new Map<string, SqliteStatement>();
  return (sql) => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    if (statements.size >= STATEMENTS_MAX) statements.clear();
    const statement =
      sql === 'rollback' ? rollbackOf(database, disk) : guard(sql, adapt(database.prepare(sql), disk), file);
    statements.set(sql, statement);
    return statement;
  };
}

/** SQLite itself rolls back where the disk fails; a second rollback would hide the cause. */
function rollbackOf(database: DatabaseSync, disk: DiskWatch): SqliteStatement {
  const statement = adapt(database.prepare('rollback'), disk);
  const nothing = { changes: 0, lastInsertRowid: 0 };
  return { ...statement, run: (parameters) => (database.isTransaction ? statement.run(parameters) : nothing) };
}

/** Every other statement may write, or may begin a transaction that writes. */
const READS = /^\s*(?:select|pragma)\b/i;

/** A statement that writes only while the opened file is in its place. */
function guard(sql: string, statement: SqliteStatement, file: DatabaseFile): SqliteStatement {
  if (READS.test(sql)) return statement;
  const ours = <T>(run: () => T): T => {
    file.refuseAnother();
    return run();
  };
  return {
    ...statement,
    all: (parameters) => ours(() => statement.all(parameters)),
    run: (parameters) => ours(() => statement.run(parameters)),
  };
}

/** node:sqlite's statement in the shape that Kysely's SQLite driver asks for. */
function adapt(statement: StatementSync, disk: DiskWatch): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => orUnavailable(disk, () => statement.all(...values(parameters))),
    run: (parameters) => orUnavailable(disk, () => statement.run(...values(parameters))),
    iterate: (parameters) => orUnavailable(disk, () => statement.iterate(...values(parameters))),
  };
}

/** @throws DomainError TEMPORARILY_UNAVAILABLE for a full or failing disk, or a database closed under the caller */
function orUnavailable<T>(disk: DiskWatch, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const closed = (error as { code?: string }).code === 'ERR_INVALID_STATE';
    if (!closed && !UNAVAILABLE.has(primaryCodeOf(error))) throw error;
    if (!closed) disk.failed(error);
    throw new DomainError('TEMPORARILY_UNAVAILABLE', { cause: error });
  }
}
