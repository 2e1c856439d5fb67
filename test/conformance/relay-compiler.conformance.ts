import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { reportConformance } from '../support/conformance-report.js';
import { relaySource } from '../support/relay-source.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const run = promisify(execFile);
const SCHEMA = join(import.meta.dirname, '..', '..', 'schema', 'client.graphql');
const COMMITTED = join(import.meta.dirname, '..', 'clients', 'relay');
/** The package that has relay-compiler, whose main export is the path of its binary. */
const requireOfRouters = createRequire(join(import.meta.dirname, 'routers', 'package.json'));

// With `-u` vitest writes test/clients/relay anew.
test('relay-compiler compiles docs/operations, to the artifacts that test/clients runs', async ({ annotate }) => {
  await using directory = await createTemporaryDirectory();
  for (const folder of ['src', 'artifacts']) await mkdir(join(directory.path, folder));
  await writeFile(join(directory.path, 'schema.graphql'), await readFile(SCHEMA));
  await writeFile(join(directory.path, 'src', 'operations.js'), relaySource());
  const config = { src: 'src', schema: 'schema.graphql', language: 'javascript', artifactDirectory: 'artifacts' };
  const options = { ...config, eagerEsModules: true, customScalarTypes: { DateTime: 'string' } };
  await writeFile(join(directory.path, 'relay.config.json'), JSON.stringify(options));
  await run(requireOfRouters('relay-compiler') as string, [], { cwd: directory.path });

  const names = await readdir(join(directory.path, 'artifacts'));
  await reportConformance(annotate, 'relay-compiler', { passed: names.length, of: (await readdir(COMMITTED)).length });
  expect(names.sort()).toEqual((await readdir(COMMITTED)).sort());
  for (const name of names) {
    await expect(await readFile(join(directory.path, 'artifacts', name), 'utf8')).toMatchFileSnapshot(
      join(COMMITTED, name),
    );
  }
});
