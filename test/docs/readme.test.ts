import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isWellFormedSecret } from '../../src/lib/secrets.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where README's reader has the gateway. */
const URL_IN_README = 'http://127.0.0.1:4000';

/** README's main job: the commands, and what the terminal showed for them. */
async function readSession(): Promise<{ script: string; shown: string; lines: number }> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, session = ''] = /## The main job[\s\S]*?```console\n([\s\S]*?)```/.exec(readme) ?? [];
  const commands = session.match(/^\$ (?:.*\\\n)*.*$/gm) ?? [];
  const shown = commands.reduce((rest, command) => rest.replace(`${command}\n`, ''), session);
  const script = commands.map((command) => command.slice(2)).join('\n');
  return { script, shown, lines: session.trimEnd().split('\n').length };
}

/** What differs between two runs: random characters and instants. */
function withoutChance(output: string): string {
  return output
    .replace(/(lk(?:id|cs|at)_)[A-Za-z0-9]+/g, '$1…')
    .replace(/"(iat|exp)":\d+/g, '"$1":…')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, URL_IN_README);
}

test('the secrets that README shows are ones that a gateway made', async () => {
  const { shown } = await readSession();
  for (const [kind, pattern] of [
    ['clientSecret', /lkcs_\w+/],
    ['accessToken', /lkat_\w+/],
  ] as const) {
    expect(isWellFormedSecret(kind, pattern.exec(shown)?.[0] ?? '')).toBe(true);
  }
});

test("README's main job prints what README shows, in under 20 lines", async () => {
  const { script, shown, lines } = await readSession();
  expect(lines).toBeLessThan(20);
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: join(directory.path, 'data') };
  await using gateway = await spawnGateway({ env });

  // The commands run beside the project, as the reader's do; `npm run latchkey` without its build, which has been done.
  const inPlace = script
    .replaceAll(URL_IN_README, gateway.url)
    .replace('npm run --silent latchkey --', `"${process.execPath}" "${join(ROOT, 'dist', 'cli.js')}"`);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', inPlace], {
    cwd: directory.path,
    env: { ...process.env, ...env },
  });
  // `curl` ends its output without a newline; the terminal's prompt began a new line.
  expect(withoutChance(stdout).replaceAll('}{', '}\n{').trimEnd()).toBe(withoutChance(shown).trimEnd());
});
