import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isWellFormedSecret } from '../../src/lib/secrets.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where README's reader has the gateway. */
const URL_IN_README = 'http://127.0.0.1:4000';

/** A session of README's: the commands, and what the terminal showed for them. */
async function readSession(heading = 'The main job'): Promise<{ script: string; shown: string; lines: number }> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [, session = ''] = /```console\n([\s\S]*?)```/.exec(section) ?? [];
  const commands = session.match(/^\$ (?:.*\\\n)*.*$/gm) ?? [];
  const shown = commands.reduce((rest, command) => rest.replace(`${command}\n`, ''), session);
  const script = commands.map((command) => command.slice(2)).join('\n');
  return { script, shown, lines: session.trimEnd().split('\n').length };
}

/** What differs between two runs: random characters and instants. */
function withoutChance(output: string): string {
  return output
    .replace(/(lk(?:id|cs|at)_)[A-Za-z0-9]+/g, '$1…')
    .replace(/"(iat|exp|resetMs)":\d+/g, '"$1":…')
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

test.concurrent("README's main job prints what README shows, in under 20 lines", async () => {
  const { script, shown, lines } = await readSession();
  expect(lines).toBeLessThan(20);
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: join(directory.path, 'data'), LATCHKEY_LIMITS: 'on' };
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

test.concurrent('what README shows in front of a tenant is what a gateway in front of another one prints', async () => {
  const { script, shown } = await readSession('In front of a tenant');
  await using directory = await createTemporaryDirectory();
  const data = (name: string) => ({ LATCHKEY_DATA_DIR: join(directory.path, name), LATCHKEY_LIMITS: 'on' });
  await using tenant = await spawnGateway({ env: data('tenant') });
  const organizations = join(directory.path, 'organizations.json');
  await writeFile(organizations, JSON.stringify([{ id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url }]));
  const env = { ...data('data'), LATCHKEY_ORGANIZATIONS: organizations };
  await using gateway = await spawnGateway({ env });

  const inPlace = script
    .replaceAll('http://127.0.0.1:4001', tenant.url)
    .replaceAll(URL_IN_README, gateway.url)
    .replaceAll('npm run --silent latchkey --', `"${process.execPath}" "${join(ROOT, 'dist', 'cli.js')}"`);
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', inPlace], {
    cwd: directory.path,
    env: { ...process.env, ...env },
  });
  expect(withoutChance(stdout).trimEnd()).toBe(withoutChance(shown).trimEnd());
});
