import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { runCommand } from '../support/gateway-process.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const EXAMPLE = join(import.meta.dirname, '..', '..', '.env.example');

test.concurrent('latchkey env makes new secrets in a file that its user alone may read, and says none of them', async () => {
  await using directory = await createTemporaryDirectory();
  const paths = ['one', 'other'].map((name) => join(directory.path, name));
  for (const path of paths) {
    const { code, stdout, stderr } = await runCommand(['env', path]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`Wrote ${path}.`),
      stderr: '',
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    for (const secret of Object.values(parseEnv(await readFile(path, 'utf8')))) expect(stdout).not.toContain(secret);
  }
  expect((await readdir(directory.path)).sort()).toEqual(['one', 'other']);

  const [one = {}, other = {}] = await Promise.all(paths.map(async (path) => parseEnv(await readFile(path, 'utf8'))));
  for (const [name, secret] of Object.entries(one)) expect(other[name], name).not.toBe(secret);
  for (const name of ['POSTGRES_PASSWORD', 'REDIS_PASSWORD']) expect(one[name]).toMatch(/^[0-9a-f]{48}$/);
  expect(KeyRing.parse(one.LATCHKEY_KEYS ?? '').kids).toHaveLength(1);
});

test.concurrent('latchkey env leaves a file that is there as it is, and says why', async () => {
  await using directory = await createTemporaryDirectory();
  const path = join(directory.path, '.env');
  await writeFile(path, 'POSTGRES_PASSWORD=kept\n');
  const { code, stdout, stderr } = await runCommand(['env', path]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/ is there, and stays as it is: .+\n$/);
  expect(await readFile(path, 'utf8')).toBe('POSTGRES_PASSWORD=kept\n');
  expect(await readdir(directory.path)).toEqual(['.env']);
});

test.concurrent('a file that cannot be made is one sentence', async () => {
  await using directory = await createTemporaryDirectory();
  const { code, stderr } = await runCommand(['env', join(directory.path, 'absent', '.env')]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^.+ cannot be made \(ENOENT\)\. .+\n$/) });
});

test.concurrent('.env.example is what latchkey env prints, without the secrets', async () => {
  const { code, stdout } = await runCommand(['env', '-']);
  expect(code).toBe(0);
  const [, shown = ''] = (await readFile(EXAMPLE, 'utf8')).split(/^# Not to be filled in .+\n\n/);
  expect(stdout.replace(/^([A-Z_]+)=.+$/gm, '$1=')).toBe(shown);
});
