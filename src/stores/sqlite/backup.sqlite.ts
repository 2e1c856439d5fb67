import { closeSync, fsyncSync, openSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { StartupError } from '../../lib/startup-error.js';
import type { Schema } from '../sql/schema.js';

/** A copy is not what it must be; the message says so. */
export class BackupError extends StartupError {}

/**
 * Copies an open database to a new file while others use it. SQLite refuses to begin inside a transaction of the same
 * connection ("not an error", and an empty file that opens as a sound database), so the copy begins in the queue of the
 * transactions; once begun, it goes on beside them, and has what they commit.
 */
export async function copyWhileOpen(db: Kysely<Schema>, database: DatabaseSync, path: string): Promise<void> {
  const begun = Promise.withResolvers<void>();
  let copying: Promise<unknown> | undefined;
  await db.connection().execute(async () => {
    copying = backup(database, path, { progress: () => begun.resolve() });
    await Promise.race([copying, begun.promise]);
  });
  await copying;
}

/**
 * Makes a copy whole by itself, checks it and syncs it to the disk. A copy of a database in WAL mode could not even be read
 * where nothing may be written.
 * @throws BackupError where SQLite finds a fault in the copy
 */
export function sealCopy(path: string): void {
  const copy = new DatabaseSync(path);
  try {
    copy.exec('pragma journal_mode = delete');
    const faults = [
      ...copy.prepare('pragma integrity_check').all(),
      ...copy.prepare('pragma foreign_key_check').all(),
    ].filter((row) => row.integrity_check !== 'ok');
    const tables = copy.prepare("select count(*) as count from sqlite_schema where type = 'table'").get();
    if (faults.length > 0 || tables?.count === 0) {
      throw new BackupError(`The copy is damaged, and was thrown away: ${JSON.stringify(faults.slice(0, 3))}.`);
    }
  } finally {
    copy.close();
  }
  syncToDisk(path);
}

/** Syncs a file, or a directory's list of names. */
export function syncToDisk(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
