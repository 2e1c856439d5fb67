import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { spawnGateway } from '../support/gateway-process.js';
import type { LoadedCode } from '../support/loaded-code.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const RECORDER = pathToFileURL(join(import.meta.dirname, '..', 'support', 'loaded-code.ts'));

/** Each costs a start a third of a millisecond: a package with hundreds belongs into what pack.ts packs. */
const FILES_MAX = 150;

/** What settings, commands or seldom requests need, and a start has no time for. */
const LATE_PACKAGES = [
  '@apollo/usage-reporting-protobuf',
  '@fastify/reply-from',
  '@opentelemetry/api',
  'commander',
  'ioredis',
  'jose',
  'pg',
  'prom-client',
];

test('a start without settings loads few files: neither what only settings and seldom requests need, nor an HTTP client', async () => {
  await using directory = await createTemporaryDirectory();
  const report = join(directory.path, 'loaded.json');
  const env = {
    LATCHKEY_DATA_DIR: directory.path,
    NODE_ENV: 'production',
    NODE_OPTIONS: `--import=${RECORDER}`,
    LOADED_CODE_TO: report,
  };
  await using gateway = await spawnGateway({ env });
  gateway.kill('SIGTERM');
  expect(await gateway.ended).toMatchObject({ code: 0, stderr: '' });

  const { files, builtins } = JSON.parse(await readFile(report, 'utf8')) as LoadedCode;
  const isLoaded = (name: string) => files.some((url) => url.includes(`/node_modules/${name}/`));
  expect(isLoaded('pino') && builtins.includes('NativeModule _http_server')).toBe(true);
  expect(files.filter((url) => url.startsWith('file:')).length).toBeLessThan(FILES_MAX);
  expect(LATE_PACKAGES.filter(isLoaded)).toEqual([]);
  expect(builtins.filter((name) => name.includes('undici'))).toEqual([]);
});
