import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ViewerDocument } from '../generated/graphql.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const ROOT = join(import.meta.dirname, '..', '..');

// The command builds first. `npm test` has built already, so the compiler finds nothing to write, and the other tests'
// processes keep their files.
test('`npm run --silent latchkey -- admin-token` prints a bearer and nothing else', async () => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: directory.path };
  await using gateway = await spawnGateway({ env });
  const args = ['run', '--silent', 'latchkey', '--', 'admin-token', '--role', 'super-admin'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, env: { ...process.env, ...env } });

  expect(stdout).toMatch(/^lkad_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n$/);
  const client = createGraphqlClient(gateway.url, { authorization: `Bearer ${stdout.trim()}` });
  expect((await client.run(ViewerDocument)).viewer).toMatchObject({ role: 'SUPER_ADMIN' });
});
