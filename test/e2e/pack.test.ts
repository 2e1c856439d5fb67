import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.js';

const READY = 'Latchkey is ready';
const CHANGED = 'Latchkey was changed and is ready';

test('`npm run build` packs what was changed, and packs nothing where nothing was', async () => {
  await using checkout = await createCheckout();
  const [source, packed] = [join(checkout.path, 'src', 'main.ts'), join(checkout.path, 'dist', 'main.js')];
  const build = () => promisify(execFile)('npm', ['run', 'build'], { cwd: checkout.path });

  await build();
  expect(await readFile(packed, 'utf8')).toContain(READY);
  const { mtimeMs } = await stat(packed);
  await build();
  expect((await stat(packed)).mtimeMs).toBe(mtimeMs);

  await writeFile(source, (await readFile(source, 'utf8')).replace(READY, CHANGED));
  await build();
  expect(await readFile(packed, 'utf8')).toContain(CHANGED);
});
