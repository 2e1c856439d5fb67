import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from './config.js';
import { keysPath } from './key-ring.file.js';
import { databasePath } from './lib/data-directory.js';
import { StartupError } from './lib/startup-error.js';
import { requestCopy } from './operator.socket.js';
import { requireDatabase } from './storage.js';
import { sealCopy, syncToDisk } from './stores/sqlite/backup.sqlite.js';
import { openSqlite } from './stores/sqlite/sqlite.js';

/** What a backup has. */
export interface Backup {
  readonly directory: string;
  /** Whether the key ring is in it; where not, a setting has the ring. */
  readonly hasKeys: boolean;
}

/**
 * Copies the state of a data directory, whose gateway may run, into a new directory: all of it, checked and on the disk, or
 * nothing. Such a directory is a data directory: a start on it is the restore.
 * @throws StartupError
 */
export async function backUp(config: Pick<Config, 'servers' | 'dataDirectory' | 'keys'>, to: string): Promise<Backup> {
  if (config.servers !== undefined) {
    throw new StartupError(
      'The state is in PostgreSQL, whose own tools back it up while gateways run: pg_dump --format=custom --file=latchkey.dump "$DATABASE_URL". Keep the key ring with it. Redis has nothing that must be kept.',
    );
  }
  requireDatabase(config);
  const directory = resolve(to);
  refuseOccupied(directory);
  const partial = join(dirname(directory), `.latchkey-backup-${randomUUID()}`);
  try {
    // Not its parents too: where a disk of backups is not mounted, its mount point must not be filled.
    mkdirSync(partial, { mode: 0o700 });
    await copyDatabase(config.dataDirectory, databasePath(partial));
    const hasKeys = copyKeys(config, partial);
    if (hasKeys) syncToDisk(keysPath(partial));
    syncToDisk(partial);
    if (existsSync(directory)) rmdirSync(directory);
    renameSync(partial, directory);
    syncToDisk(dirname(directory));
    return { directory, hasKeys };
  } catch (error) {
    throw explainFiles(error);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** A sentence for what the file system refuses; other errors stay as they are. */
function explainFiles(error: unknown): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  return new StartupError(
    `No backup was made (${message}). Name a new directory, in one that is there and that this user may write.`,
    { cause: error },
  );
}

function refuseOccupied(directory: string): void {
  if (!existsSync(directory)) return;
  try {
    if (readdirSync(directory).length === 0) return;
  } catch {
    // It is a file, or not ours to read: occupied all the same.
  }
  throw new StartupError(`${directory} is there already and not empty. Name a new directory for each backup.`);
}

/** By the gateway that has the database open, else by this process. */
async function copyDatabase(dataDirectory: string, path: string): Promise<void> {
  const isCopied = await requestCopy(dataDirectory, path).catch((error: Error) => {
    throw new StartupError(`The gateway could not copy its database: ${error.message}`, { cause: error });
  });
  if (!isCopied) {
    const { db, copyTo } = openSqlite(dataDirectory);
    try {
      await copyTo(path);
    } finally {
      await db.destroy();
    }
  }
  chmodSync(path, 0o600);
  sealCopy(path);
}

/** The ring is copied where it is the data directory's own file. */
function copyKeys({ keys, dataDirectory }: Pick<Config, 'dataDirectory' | 'keys'>, to: string): boolean {
  if (keys.text !== undefined || keys.file !== undefined) return false;
  copyFileSync(keysPath(dataDirectory), keysPath(to));
  chmodSync(keysPath(to), 0o600);
  return true;
}
