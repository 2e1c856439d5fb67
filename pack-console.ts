import { hash } from 'node:crypto';
import { globSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { generate } from '@graphql-codegen/cli';
import { formatDocument, stringifyDocument } from '@urql/core';
import type { DocumentNode } from 'graphql';
import { build } from 'vite';
import { consoleOperations } from './codegen.ts';

/**
 * Builds the console into build/console, with each file compressed beside it, where anything that it is made of has changed.
 * `npm run build` calls it; pack.ts brings the result to dist/.
 */

const ROOT = import.meta.dirname;
const BUILT = join(ROOT, 'build', 'console');
/** Written last: what stands beside it is whole. */
const STAMP = join(BUILT, 'built');
const SOURCES = ['src/console/**', 'docs/operations/*.graphql', 'schema/schema.graphql', 'package-lock.json', '*.ts'];
const COMPRESSED = ['.js', '.css', '.svg'];

if (!isBuilt()) {
  await generate({ ...consoleOperations, silent: true }, true);
  // Whoever builds: of the environment vite takes which React it packs.
  process.env.NODE_ENV = 'production';
  await build({ root: join(ROOT, 'src/console'), logLevel: 'warn' });
  compress(join(BUILT, 'assets'));
  await register(join(BUILT, 'documents'));
  writeFileSync(STAMP, String(Date.now()));
}

function isBuilt(): boolean {
  const builtAt = statSync(STAMP, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return globSync(SOURCES, { cwd: ROOT, exclude: ['src/console/gateway/generated/**'] }).every(
    (path) => statSync(join(ROOT, path)).mtimeMs < builtAt,
  );
}

/** Writes the texts that the console sends into a manifest, for gateways that run registered documents alone. */
async function register(directory: string): Promise<void> {
  const generated: Record<string, unknown> = await import('./src/console/gateway/generated/graphql.ts' as string);
  const documents = Object.entries(generated).flatMap(([name, value]) =>
    name.endsWith('Document') ? stringifyDocument(formatDocument(value as DocumentNode)) : [],
  );
  mkdirSync(directory);
  const manifest = Object.fromEntries(documents.map((text) => [hash('sha256', text), text]));
  writeFileSync(join(directory, 'console.json'), JSON.stringify(manifest));
}

function compress(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!COMPRESSED.includes(extname(name))) continue;
    const path = join(directory, name);
    const content = readFileSync(path);
    writeFileSync(`${path}.br`, brotliCompressSync(content));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}
