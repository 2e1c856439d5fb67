import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFile(join(ROOT, name), 'utf8');

test('docs/trials.md has a row, with what was measured, for every trial', async () => {
  const rows = Array.from(
    (await read('docs/trials.md')).matchAll(/^\| `(test\/trials\/[^`]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|/gm),
    ([, file, bound, worst]) => ({ file, isMeasured: bound?.trim() !== '' && /\d/.test(worst ?? '') }),
  );
  const trials = globSync('test/trials/**/*.trial.ts', { cwd: ROOT });

  expect([...new Set(rows.map(({ file }) => file))].sort()).toEqual(trials.sort());
  expect(rows.filter(({ isMeasured }) => !isMeasured)).toEqual([]);
});

test('README points to docs/trials.md, and names every trial that proves one of its guarantees', async () => {
  const readme = await read('README.md');
  expect(readme).toContain('](docs/trials.md)');
  const missing = globSync('test/trials/**/*.trial.ts', { cwd: ROOT }).filter(
    (file) => !readme.includes(file.replace('test/trials/', '')),
  );
  expect(missing).toEqual([]);
});
