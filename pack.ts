import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Packs the modules of build/, with the packages that every start loads, into the few files of dist/: to find and link 1,300
 * files was half of a start. `npm run build` calls it after the compiler.
 */

const ROOT = import.meta.dirname;
const MODULES = join(ROOT, 'build');
const PACKED = join(ROOT, 'dist');
const LUA = ['stores', 'redis', 'lua'];

/** Stay packages. */
const NOT_PACKED = [
  // What only settings, commands and seldom requests need.
  /^@apollo\/usage-reporting-protobuf$/,
  /^@fastify\/reply-from$/,
  /^@opentelemetry\//,
  /^(commander|ioredis|jose|pg|prom-client)$/,
  // Starts threads from files of its own.
  /^pino$/,
  // Requires its parts by a name that no packer sees.
  /^jsonc-parser$/,
  // type-graphql would load it where a resolver asked for it, and none does.
  /^class-validator$/,
];

if (!isPacked()) await pack();
// Scripts are found beside the modules, packed or not.
for (const place of [join(MODULES, ...LUA), join(PACKED, 'lua')])
  cpSync(join(ROOT, 'src', ...LUA), place, { recursive: true });

/** Whether nothing was compiled, installed or changed here since; the compiler rewrites its notes only for a change. */
function isPacked(): boolean {
  const entry = join(PACKED, 'main.js');
  if (!existsSync(entry)) return false;
  const sources = [
    ...[join(MODULES, '.tsbuildinfo'), join(MODULES, 'console', 'built')],
    ...[join(ROOT, 'package-lock.json'), import.meta.filename],
  ];
  return sources.every((path) => !existsSync(path) || statSync(path).mtimeMs < statSync(entry).mtimeMs);
}

async function pack(): Promise<void> {
  // Of builds at once each has a directory of its own, which becomes dist/ when it is whole.
  const underWay = mkdtempSync(join(MODULES, 'packed-'));
  const bundle = await rolldown({
    input: { main: join(MODULES, 'main.js'), cli: join(MODULES, 'cli.js') },
    platform: 'node',
    external: NOT_PACKED,
  });
  // Names of classes are types of the schema and kinds of errors.
  await bundle.write({ dir: underWay, keepNames: true, sourcemap: true });
  await bundle.close();
  cpSync(join(MODULES, 'console'), join(underWay, 'console'), { recursive: true });
  swap(underWay);
}

/** Puts a whole directory in the place of dist/. Where another build was quicker, its directory is as good. */
function swap(whole: string): void {
  const old = `${whole}-old`;
  moveUnless('ENOENT', PACKED, old);
  moveUnless('ENOTEMPTY', whole, PACKED);
  for (const path of [old, whole]) rmSync(path, { recursive: true, force: true });
}

function moveUnless(expected: string, from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== expected) throw error;
  }
}
