import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What each run begins with: whether it is only tried out, and a directory of its own, which is gone when it ends. */
export function startRun(): { readonly isQuick: boolean; readonly directory: string } {
  const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  if (process.platform !== 'linux') throw new Error('The benchmark reads CPU time from /proc: run it on Linux.');
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return { isQuick: options.quick, directory };
}
