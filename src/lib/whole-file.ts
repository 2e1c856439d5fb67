import { linkSync, rmSync, writeFileSync } from 'node:fs';

/** Error codes of file systems without hard links. */
const WITHOUT_LINKS = new Set<string | undefined>(['EPERM', 'ENOTSUP', 'ENOSYS']);

/**
 * Makes a file that this user alone may read, whole before it has its name: an interruption leaves no broken secrets.
 * @throws EEXIST if the path is taken: what stands there is never overwritten
 */
export function createWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if (!WITHOUT_LINKS.has((error as NodeJS.ErrnoException).code)) throw error;
    writeFileSync(path, text, { mode: 0o600, flush: true, flag: 'wx' });
  } finally {
    rmSync(draft, { force: true });
  }
}
