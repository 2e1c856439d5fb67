import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';

/**
 * Words to put before a command so that the modes of files hold for it: root may write everywhere, unless it gives up
 * the rights to pass over modes.
 */
export const UNPRIVILEGED: readonly string[] =
  process.getuid?.() === 0
    ? [
        'setpriv',
        '--bounding-set=-dac_override,-dac_read_search,-fowner',
        '--inh-caps=-dac_override,-dac_read_search,-fowner',
      ]
    : [];

/** Makes a directory that nobody may write to for the scope that holds it, and expects that nobody can. */
export async function makeReadOnly(directory: string): Promise<AsyncDisposable> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o555);
  const [command = '', ...args] = [...UNPRIVILEGED, 'touch', join(directory, 'probe')];
  await expect(promisify(execFile)(command, args)).rejects.toThrow(/Permission denied/);
  return { [Symbol.asyncDispose]: () => chmod(directory, 0o755) };
}
