import { existsSync, globSync, readFileSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/domain/errors.js';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string) => readFile(join(ROOT, name), 'utf8');
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...globSync('docs/**/*.md', { cwd: ROOT })];

/** The first cells of a Markdown file's table rows. */
function firstCells(markdown: string): string[] {
  return Array.from(markdown.matchAll(/^\| `?([A-Z][A-Z_]+)`? \|/gm), ([, cell = '']) => cell);
}

test('docs/errors.md lists every error code, and no other', async () => {
  expect(firstCells(await read('docs/errors.md')).sort()).toEqual(Object.keys(ERROR_CODES).sort());
});

test('docs/settings.md lists every setting that the configuration reads, and no other', async () => {
  const files = globSync('src/config*.ts', { cwd: ROOT });
  const source = (await Promise.all(files.map(read))).join('\n');
  const settings = new Set(
    source.match(/\b(?:LATCHKEY_[A-Z_]+|OTEL_[A-Z_]+|DATABASE_URL|REDIS_URL|HOST|PORT|NODE_ENV)\b/g),
  );
  expect(firstCells(await read('docs/settings.md')).sort()).toEqual([...settings].sort());
});

test('every file of the tree that README, CONTRIBUTING, SECURITY and docs link to exists', async () => {
  for (const page of DOCUMENTS) {
    const links = (await read(page)).matchAll(/\]\(([^)#:]+)\)/g);
    for (const [, target = ''] of links) await access(join(ROOT, page, '..', target));
  }
});

test('every file of the project that a document names is there', () => {
  const named = DOCUMENTS.flatMap((document) => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    return [...text.matchAll(/\b(?:src|test|bench|docs|schema|findings)\/[\w./-]+\.(?:ts|md|graphql|sh|lua)\b/g)].map(
      ([path]) => `${document}: ${path}`,
    );
  });

  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((entry) => !existsSync(join(ROOT, entry.split(': ')[1] ?? '')))).toEqual([]);
});

test('the settings of clients that docs/when-you-are-refused.md shows are those that test/clients runs with', async () => {
  const page = await read('docs/when-you-are-refused.md');
  const blocks = Array.from(page.matchAll(/^```(?:ts|py|sh)\n(.*?)\n```$/gms), ([, block = '']) => block);
  const clients = globSync('test/clients/*.*', { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const isRun = (block: string) =>
    clients.some((client) => block.split(/\n\n+/).every((paragraph) => client.includes(paragraph)));

  expect(blocks.length).toBe(9);
  expect(blocks.filter((block) => !isRun(block))).toEqual([]);
});
