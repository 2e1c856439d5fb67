import { cpSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Packs the modules of build/, with the packages that every start loads, into the few files of dist/: to find and link 1,300
 * files was half of a start. `npm run build` calls it after the compiler.
 */

const ROOT = import.meta.dirname;
const MODULES = join(ROOT, 'build');
const PACKED = join(ROOT, 'dist');
/** Becomes dist/ when it is whole. */
const UNDER_WAY = join(MODULES, 'packed');

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

// The modules find their scripts beside themselves.
cpSync(join(ROOT, 'src', ...LUA), join(MODULES, ...LUA), { recursive: true });
if (!isPacked()) await pack();

/** Whether nothing was compiled, installed or changed here since; the compiler rewrites its notes only for a change. */
function isPacked(): boolean {
  const entry = join(PACKED, 'main.js');
  if (!existsSync(entry)) return false;
  const sources = [join(MODULES, '.tsbuildinfo'), join(ROOT, 'package-lock.json'), import.meta.filename];
  return sources.every((path) => !existsSync(path) || statSync(path).mtimeMs < statSync(entry).mtimeMs);
}

async function pack(): Promise<void> {
  rmSync(UNDER_WAY, { recursive: true, force: true });
  const bundle = await rolldown({
    input: { main: join(MODULES, 'main.js'), cli: join(MODULES, 'cli.js') },
    platform: 'node',
    external: NOT_PACKED,
  });
  // Names of classes are types of the schema and kinds of errors.
  await bundle.write({ dir: UNDER_WAY, keepNames: true, sourcemap: true });
  await bundle.close();
  cpSync(join(ROOT, 'src', ...LUA), join(UNDER_WAY, 'lua'), { recursive: true });
  rmSync(PACKED, { recursive: true, force: true });
  renameSync(UNDER_WAY, PACKED);
}
