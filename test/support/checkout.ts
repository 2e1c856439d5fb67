import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryDirectory } from './temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** A checkout as it is after `npm ci`: nothing was built yet. */
export async function createCheckout(): ReturnType<typeof createTemporaryDirectory> {
  const directory = await createTemporaryDirectory();
  for (const file of ['package.json', '.npmrc', 'tsconfig.json', 'pack.ts', 'src']) {
    await cp(join(ROOT, file), join(directory.path, file), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(directory.path, 'node_modules'));
  return directory;
}
