import { execFile, execFileSync } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runningAs } from './server-process.js';
import { createTemporaryDirectory } from './temporary-directory.js';

/** Whom PostgreSQL runs as where we are root, which it refuses to be: a user that Debian's package makes, or nobody. */
export const POSTGRES_USER = hasUser('postgres') ? 'postgres' : 'nobody';

const LARGEST_ARCHIVE_BYTES = 256 * 1024 * 1024;

/** Data of a new PostgreSQL server, in a directory where it may put its socket too. */
export interface PostgresData extends AsyncDisposable {
  readonly directory: string;
  readonly path: string;
}

/**
 * What `initdb` made, as an archive in memory: it takes much longer than unpacking, and files to copy from would stay
 * behind where a worker of vitest is ended by a signal.
 */
const archives = new Map<string, Promise<Buffer>>();

/** Makes the data of a server whose only user is the superuser `postgres`, without a password. */
export async function createPostgresData(programs: string): Promise<PostgresData> {
  const archived = archives.get(programs) ?? archiveNewData(programs);
  archives.set(programs, archived);
  const packed = await archived;
  await using started = new AsyncDisposableStack();
  const { path: directory } = started.use(await createOwnedDirectory());
  await run(['tar', '--extract', '--directory', directory], packed);
  const disposal = started.move();
  const path = join(directory, 'data');
  return {
    directory,
    path,
    [Symbol.asyncDispose]: async () => {
      await removeSharedMemory(path);
      await disposal.disposeAsync();
    },
  };
}

/** What a postmaster says of itself in its data directory: the file is what `pg_ctl` looks at too. */
export async function readPostmaster(
  dataPath: string,
): Promise<{ pid: number; sharedMemoryId: string; status: string }> {
  const lines = (await readFile(join(dataPath, 'postmaster.pid'), 'utf8')).split('\n');
  const [, , sharedMemoryId = ''] = /^\s*(\d+)\s+(\d+)/.exec(lines[6] ?? '') ?? [];
  return { pid: Number(lines[0]), sharedMemoryId, status: (lines[7] ?? '').trim() };
}

async function archiveNewData(programs: string): Promise<Buffer> {
  await using directory = await createOwnedDirectory();
  const settings = ['--username=postgres', '--auth=trust', '--locale=C.UTF-8', '--encoding=UTF8', '--no-sync'];
  await run([join(programs, 'initdb'), ...settings, '--pgdata', join(directory.path, 'data')]);
  return await run(['tar', '--create', '--directory', directory.path, 'data']);
}

async function createOwnedDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await createTemporaryDirectory();
  const [command = '', ...args] = ['chown', POSTGRES_USER, directory.path];
  if (process.getuid?.() === 0) await promisify(execFile)(command, args);
  await chmod(directory.path, 0o700);
  return directory;
}

/** A postmaster that was killed leaves a segment of shared memory, which the next start would have taken away. */
async function removeSharedMemory(dataPath: string): Promise<void> {
  const { sharedMemoryId } = await readPostmaster(dataPath).catch(() => ({ sharedMemoryId: '' }));
  if (sharedMemoryId !== '') await promisify(execFile)('ipcrm', ['--shmem-id', sharedMemoryId]).catch(() => undefined);
}

/** Runs a command as the owner of the data, with `input` for it to read, and gives what it wrote. */
async function run(words: readonly string[], input?: Buffer): Promise<Buffer> {
  const [command = '', ...args] = [...runningAs(POSTGRES_USER), ...words];
  const options = { cwd: '/', encoding: 'buffer', maxBuffer: LARGEST_ARCHIVE_BYTES } as const;
  const running = promisify(execFile)(command, args, options);
  // One that does not read to the end fails, and says why itself.
  running.child.stdin?.on('error', () => undefined).end(input);
  return (await running).stdout;
}

function hasUser(name: string): boolean {
  try {
    execFileSync('id', ['-u', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
