import { execFile } from 'node:child_process';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.js';

const READY = 'Latchkey is ready';
const CHANGED = 'Latchkey was changed and is ready';

let checkout: Awaited<ReturnType<typeof createCheckout>>;
beforeAll(async () => {
  checkout = await createCheckout();
  await build();
});
afterAll(() => checkout[Symbol.asyncDispose]());

const build = () => promisify(execFile)('npm', ['run', 'build'], { cwd: checkout.path });

test('`npm run build` packs what was changed, and packs nothing where nothing was', async () => {
  const [source, packed] = [join(checkout.path, 'src', 'main.ts'), join(checkout.path, 'dist', 'main.js')];
  expect(await readFile(packed, 'utf8')).toContain(READY);
  const { mtimeMs } = await stat(packed);
  await build();
  expect((await stat(packed)).mtimeMs).toBe(mtimeMs);

  await writeFile(source, (await readFile(source, 'utf8')).replace(READY, CHANGED));
  await build();
  expect(await readFile(packed, 'utf8')).toContain(CHANGED);
});

test('a changed script is packed too, and builds at once leave a whole one', async () => {
  const script = join('stores', 'redis', 'lua', 'countCalls.lua');
  const pack = () => promisify(execFile)('npx', ['node', 'pack.ts'], { cwd: checkout.path });
  await appendFile(join(checkout.path, 'src', script), '-- changed');
  await pack();
  expect(await readFile(join(checkout.path, 'dist', 'lua', 'countCalls.lua'), 'utf8')).toMatch(/-- changed$/);

  const whole = await readdir(join(checkout.path, 'dist'));
  await rm(join(checkout.path, 'dist'), { recursive: true });
  await Promise.all([pack(), pack(), pack()]);
  expect(await readdir(join(checkout.path, 'dist'))).toEqual(whole);
  expect((await readdir(join(checkout.path, 'build'))).filter((name) => name.startsWith('packed'))).toEqual([]);
});
