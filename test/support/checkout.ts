import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryDirectory } from './temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** What is built, and what builds it. */
const SOURCES = [
  ...['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'codegen.ts', 'pack.ts', 'pack-console.ts'],
  ...['src', 'schema', 'docs/operations'],
];

/** A checkout as it is after `npm ci`: nothing was built yet. */
export async function createCheckout(): ReturnType<typeof createTemporaryDirectory> {
  const directory = await createTemporaryDirectory();
  for (const file of SOURCES) {
    await cp(join(ROOT, file), join(directory.path, file), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(directory.path, 'node_modules'));
  return directory;
}
