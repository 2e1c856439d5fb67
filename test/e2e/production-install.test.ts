import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

interface Lock {
  readonly packages: Readonly<Record<string, { dev?: true; optional?: true; devOptional?: true }>>;
}

/** Copies what `npm prune --omit=dev --omit=optional` leaves, by the marks of the lock file that npm itself goes by. */
async function installPruned(directory: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  const kept = Object.entries(packages).filter(
    ([path, { dev, optional, devOptional }]) =>
      /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !optional && !devOptional,
  );
  for (const [path] of kept) await cp(join(ROOT, path), join(directory, path), { recursive: true });
}

test('what an image holds, without the dependencies that build it, is all that `latchkey` and a start need', async () => {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  expect(dockerfile).toContain('npm prune --omit=dev --omit=optional');
  expect(dockerfile).toContain('ln -s /app/dist/cli.js /usr/local/bin/latchkey');
  const { bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  expect(bin).toEqual({ latchkey: 'dist/cli.js' });
  await using directory = await createTemporaryDirectory();
  const app = join(directory.path, 'app');
  await mkdir(app);
  await copyFile(join(ROOT, 'package.json'), join(app, 'package.json'));
  await cp(join(ROOT, 'dist'), join(app, 'dist'), { recursive: true });
  await installPruned(app);

  const environment = { PATH: process.env.PATH, NODE_ENV: 'production', LATCHKEY_DATA_DIR: join(app, 'data') };
  const latchkey = (...words: string[]) =>
    run(process.execPath, [join(app, 'dist', 'cli.js'), ...words], { cwd: app, env: environment });
  expect((await latchkey('migrate')).stdout).toMatch(/^Applied 0001/);
  expect((await latchkey('admin-token', '--role', 'admin')).stdout).toMatch(/^lkad_/);
  expect((await latchkey('schema')).stdout).toBe(await readFile(join(ROOT, 'schema', 'schema.graphql'), 'utf8'));
  // Without PostgreSQL: what speaks to it is there, and says that nobody answers.
  const replicas = {
    DATABASE_URL: 'postgres://127.0.0.1:1/x',
    REDIS_URL: 'redis://127.0.0.1:1',
    LATCHKEY_KEYS: KeyRing.generate(),
  };
  const start = run(process.execPath, [join(app, 'dist', 'main.js')], {
    cwd: app,
    env: { ...environment, ...replicas },
  });
  await expect(start).rejects.toMatchObject({
    stderr: expect.stringContaining('The database of DATABASE_URL cannot be used (ECONNREFUSED)'),
  });
});
