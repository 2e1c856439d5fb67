import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnServer } from '../support/server-process.js';

/** Where programs are told to leave what they found. */
export const RESULTS = 'results.json';

/**
 * Runs a program on Node to its end, whatever its code is, and reads the JSON that `args` make it leave at RESULTS in
 * `directory`.
 */
export async function runForResults(
  program: string,
  args: readonly string[],
  { directory, env = {} }: { readonly directory: string; readonly env?: Readonly<Record<string, string>> },
): Promise<unknown> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const words = ['env', ...variables, process.execPath, program, ...args];
  const suite = spawnServer(words, { directory });
  await suite.ended;
  const results = await readFile(join(directory, RESULTS), 'utf8').catch((cause: unknown) => {
    throw new Error(`${program} left no results: ${suite.output()}`, { cause });
  });
  return JSON.parse(results);
}
