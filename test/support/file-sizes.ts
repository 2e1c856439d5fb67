import { execFileSync } from 'node:child_process';

/**
 * Keeps a running process from writing beyond `bytes` of any file, or lets it again: to the process, its disk is full.
 * Only the soft limit moves, which needs no privilege.
 */
export function limitFileSizes(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}
