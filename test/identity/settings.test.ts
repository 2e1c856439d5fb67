import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const PROVIDER = { LATCHKEY_OIDC_ISSUER: 'https://login.example/', LATCHKEY_OIDC_AUDIENCE: 'latchkey' };

test('an issuer and an audience are enough, and the issuer stays as it is to the letter', () => {
  expect(readConfig(PROVIDER).identityProvider).toEqual({
    oidc: { issuer: 'https://login.example/', audience: 'latchkey', algorithm: 'RS256' },
    claims: { role: 'role', organization: undefined, superAdmin: 'super-admin', admin: 'admin' },
    allowLoopback: true,
  });
  expect(readConfig({}).identityProvider).toBeUndefined();
});

test.each<[what: string, env: Record<string, string>, sentence: RegExp]>([
  ['an issuer alone', { LATCHKEY_OIDC_AUDIENCE: '' }, /need each other/],
  ['an audience alone', { LATCHKEY_OIDC_ISSUER: '' }, /need each other/],
  ['an issuer that anybody on the way can change', { LATCHKEY_OIDC_ISSUER: 'http://login.example/' }, /https URL/],
  [
    'an issuer on this machine in production',
    { LATCHKEY_OIDC_ISSUER: 'http://127.0.0.1:1/', NODE_ENV: 'production' },
    /https URL/,
  ],
  ['an issuer with a password', { LATCHKEY_OIDC_ISSUER: 'https://a:b@login.example/' }, /no user and no password/],
  ['an algorithm with a shared secret', { LATCHKEY_OIDC_ALGORITHM: 'HS256' }, /LATCHKEY_OIDC_ALGORITHM must be one of/],
  ['one value for both roles', { LATCHKEY_ROLE_ADMIN: 'super-admin' }, /must differ/],
])('%s is refused in a sentence', (_what, env, sentence) => {
  expect(() => readConfig({ ...PROVIDER, ...env })).toThrow(sentence);
});

test('where there are several organisations a claim has to say which one a user is of', async () => {
  await using directory = await createTemporaryDirectory();
  const path = join(directory.path, 'organizations.json');
  await writeFile(
    path,
    JSON.stringify([
      { id: 'a', issuer: 'LOCAL' },
      { id: 'b', issuer: 'LOCAL' },
    ]),
  );
  const env = { ...PROVIDER, LATCHKEY_ORGANIZATIONS: path };
  expect(() => readConfig(env)).toThrow('which of the 2 organisations a user is of');
  expect(readConfig({ ...env, LATCHKEY_ORGANIZATION_CLAIM: 'org' }).identityProvider?.claims.organization).toBe('org');
});
