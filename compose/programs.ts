import { execFileSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian has servers out of most users' PATH, and PostgreSQL's in a directory for each version. */
const DIRECTORIES = ['/usr/sbin', ...globSync('/usr/lib/postgresql/*/bin').sort(byVersion).reverse()];

/** The program of this machine. @throws Error saying what to install */
export function program(name: string): string {
  if (name === 'node') return process.execPath;
  const found = [...(process.env.PATH ?? '').split(delimiter), ...DIRECTORIES].map((directory) =>
    join(directory, name),
  );
  const path = found.find(isExecutable);
  if (path !== undefined) return path;
  throw new Error(
    `${name} is not installed. On Debian or Ubuntu: apt-get install haproxy redis-server postgresql wget; or use Docker.`,
  );
}

/** The words that run a command as `user` where this process is root's, which PostgreSQL refuses to be. */
export function runningAs(user: string | undefined): string[] {
  if (user === undefined || process.getuid?.() !== 0) return [];
  const group = execFileSync('id', ['-g', user], { encoding: 'utf8' }).trim();
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--init-groups'];
}

function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
