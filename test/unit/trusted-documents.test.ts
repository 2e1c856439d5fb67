import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** Reads the settings beside manifests of these names and contents. */
async function read(files: Record<string, unknown>, settings: Record<string, string> = {}) {
  await using directory = await createTemporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory.path, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  const env = { LATCHKEY_TRUSTED_DOCUMENTS: 'enforce', LATCHKEY_TRUSTED_DOCUMENTS_DIR: directory.path, ...settings };
  return readConfig(env).trustedDocuments;
}

const APOLLO = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [{ id: 'a1', name: 'A', type: 'query', body: 'query A { viewer { id } }' }],
};

test("manifests of GraphQL Code Generator, of Relay's compiler and of Apollo are read, all of the directory together", async () => {
  const { documents } = await read({
    'codegen.json': { c1: 'query C { viewer { id } }', shared: '{ viewer { id } }' },
    'relay.json': { r1: 'query R { viewer { id } }', shared: '{ viewer { id } }' },
    'apollo.json': APOLLO,
    'README.md': 'no manifest',
  });

  expect(Object.fromEntries(documents)).toEqual({
    a1: 'query A { viewer { id } }',
    c1: 'query C { viewer { id } }',
    r1: 'query R { viewer { id } }',
    shared: '{ viewer { id } }',
  });
});

describe('the start is refused, with the file and the reason, for', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a manifest that is not JSON', { 'a.json': '{' }, /a\.json is not JSON\.$/],
    ['a list', { 'a.json': [] }, /a\.json is no manifest: it must be/],
    ['an id whose document is no text', { 'a.json': { a: 1 } }, /a\.json is no manifest/],
    ['an empty document', { 'a.json': { a: '' } }, /a\.json is no manifest/],
    ["Apollo's manifest of another version", { 'a.json': { ...APOLLO, version: 2 } }, /a\.json is no manifest/],
    [
      'an id of two documents',
      { 'a.json': { same: '{ a }' }, 'b.json': { same: '{ b }' } },
      /b\.json: another manifest has a different document under the id same\.$/,
    ],
    [
      'an id of two documents, one with the kind of its hash',
      { 'a.json': { 'sha256:same': '{ a }' }, 'b.json': { same: '{ b }' } },
      /b\.json: another manifest has a different document under the id same\.$/,
    ],
    ['nothing that could run', {}, /=enforce would refuse every operation/],
  ])('%s', async (_what, files, reason) => {
    await expect(read(files)).rejects.toThrow(reason);
  });

  test('a directory that is not there', async () => {
    const missing = { LATCHKEY_TRUSTED_DOCUMENTS_DIR: '/nowhere/at/all' };
    await expect(read({}, missing)).rejects.toThrow(/_DIR: \/nowhere\/at\/all cannot be read \(ENOENT\)/);
  });

  test('a manifest that is a directory', async () => {
    await using directory = await createTemporaryDirectory();
    await mkdir(join(directory.path, 'a.json'));
    await expect(read({}, { LATCHKEY_TRUSTED_DOCUMENTS_DIR: directory.path })).rejects.toThrow(
      /cannot be read \(EISDIR\)/,
    );
  });

  test.each([
    'short',
    'long enough, with all of 32 letters,short',
    `${'a'.repeat(32)},${'b'.repeat(32)},${'c'.repeat(32)}`,
  ])('a router secret that is short, or one too many: %s', async (secret) => {
    const refused = read({}, { LATCHKEY_ROUTER_SECRET: secret });
    await expect(refused).rejects.toThrow(/^LATCHKEY_ROUTER_SECRET must be a secret of at least 32 characters, or two/);
    await expect(refused).rejects.not.toThrow(secret);
  });
});

test('a router alone may be all that runs, and no manifest is read where the mode is off', async () => {
  const signing = await read({}, { LATCHKEY_ROUTER_SECRET: 'a'.repeat(32) });
  const off = await read({ 'a.json': '{' }, { LATCHKEY_TRUSTED_DOCUMENTS: 'off' });

  expect(signing.routerSecrets).toHaveLength(1);
  expect(`${signing.routerSecrets}`).not.toContain('aaa');
  expect(off.documents.size).toBe(0);
});
