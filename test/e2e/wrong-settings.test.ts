import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config.error.js';
import { readConfig } from '../../src/config.js';
import { readOrMakeKeyRing } from '../../src/key-ring.file.js';
import { refusalOf as refusalOfStart } from '../support/refused-start.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** What is secret in a setting: no message may quote it. */
const SECRET = 'hunter2hunter2hunter2hunter2';
/** 32 bytes in base64url. */
const KEY = 'A'.repeat(43);

/** The last words, line by line, of a start that must be refused and make nothing. */
async function refusalOf(env: Record<string, string>): Promise<readonly string[]> {
  await using directory = await createTemporaryDirectory();
  const refusal = await refusalOfStart({ env: { LATCHKEY_DATA_DIR: join(directory.path, 'data'), ...env } });
  expect(await readdir(directory.path)).toEqual([]);
  expect(refusal).not.toContain(SECRET);
  return refusal.split('\n');
}

test.concurrent('each wrong setting is named in a sentence of its own, all at once, and none is quoted', async () => {
  const refusal = await refusalOf({
    PORT: 'abc',
    DATABASE_URL: `mysql://latchkey:${SECRET}@127.0.0.1/latchkey`,
    REDIS_URL: `valkey://:${SECRET}@127.0.0.1`,
    LATCHKEY_DATABASE_CONNECTIONS: '0',
    LATCHKEY_REVOCATION_BOUND_MS: '1',
    LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8,10.0.0.1/8',
    LATCHKEY_CALLS_PER_MINUTE: '10001',
    LATCHKEY_PUBLIC_URL: 'latchkey.example',
    LATCHKEY_SANDBOX: 'maybe',
    LATCHKEY_CORS_ORIGINS: 'https://app.example,app.example',
    LATCHKEY_LOG_LEVEL: 'loud',
  });
  expect(refusal).toEqual([
    'PORT must be a port number.',
    'DATABASE_URL must be postgres://user:password@host:5432/database.',
    'LATCHKEY_DATABASE_CONNECTIONS must be a whole number from 1 to 100.',
    'REDIS_URL must begin with redis://, redis+sentinel:// or redis+cluster:// (rediss for TLS).',
    'LATCHKEY_REVOCATION_BOUND_MS must be a whole number of milliseconds from 50 to 60000.',
    'LATCHKEY_TRUSTED_PROXIES must be addresses, or networks such as 10.0.0.0/8, comma-separated.',
    'LATCHKEY_CALLS_PER_MINUTE must be a whole number of calls from 1 to 10000.',
    'LATCHKEY_PUBLIC_URL must be an http or https URL.',
    'LATCHKEY_SANDBOX must be true or false.',
    'LATCHKEY_CORS_ORIGINS must be origins such as https://app.example.com, comma-separated.',
    'LATCHKEY_LOG_LEVEL must be one of debug, info, warn, error, silent.',
  ]);
});

test.concurrent('a key ring that cannot be read stops the start, and its content is not quoted', async () => {
  const [sentence, ...more] = await refusalOf({ LATCHKEY_KEYS: `k1:${SECRET}` });
  expect(sentence).toMatch(/^LATCHKEY_KEYS: Entry 1 of the key ring is not "kid:key" /);
  expect(more).toEqual([]);
});

test.concurrent('a key ring file that is not there stops the start, and is not made', async () => {
  await using directory = await createTemporaryDirectory();
  const path = join(directory.path, 'ring');
  expect(await refusalOf({ LATCHKEY_KEYS_FILE: path })).toEqual([expect.stringContaining('LATCHKEY_KEYS_FILE')]);
  expect(await readdir(directory.path)).toEqual([]);
});

test.concurrent('a file of organisations that is not JSON stops the start', async () => {
  await using directory = await createTemporaryDirectory();
  const path = join(directory.path, 'organizations.json');
  await writeFile(path, '[{"id":');
  expect(await refusalOf({ LATCHKEY_ORGANIZATIONS: path })).toEqual([`LATCHKEY_ORGANIZATIONS: ${path} is not JSON.`]);
});

/** What reading `env` is refused with: the same reading as a start's, without the process around it. */
function readingOf(env: Record<string, string>): string {
  try {
    readOrMakeKeyRing(readConfig(env));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the settings were accepted');
}

test.concurrent('a public URL with a password in it is refused, since it is printed, and is not quoted', () => {
  const sentence = readingOf({ LATCHKEY_PUBLIC_URL: 'https://user:hunter2@latchkey.example' });
  expect(sentence).toBe('LATCHKEY_PUBLIC_URL must have no user and no password.');
});

test.concurrent.each([
  ['a port over 65535', 'PORT', '70000'],
  ['a negative port', 'PORT', '-1'],
  ['an environment that there is not', 'NODE_ENV', 'prod'],
  ['a public URL of another scheme', 'LATCHKEY_PUBLIC_URL', 'ftp://latchkey.example'],
  ['a public URL whose path stands for any', 'LATCHKEY_PUBLIC_URL', 'https://latchkey.example/%2A'],
  ['a public URL whose path encodes nothing', 'LATCHKEY_PUBLIC_URL', 'https://latchkey.example/100%'],
  ['a public URL whose path is no UTF-8', 'LATCHKEY_PUBLIC_URL', 'https://latchkey.example/%FF'],
  ['an origin with a path', 'LATCHKEY_CORS_ORIGINS', 'https://app.example/'],
  ['every origin', 'LATCHKEY_CORS_ORIGINS', '*'],
  ['a flag of another language', 'LATCHKEY_SANDBOX', 'True'],
])('%s is refused', (_what, setting, value) => {
  expect(readingOf({ [setting]: value })).toMatch(new RegExp(`^${setting} must be .*\\.$`));
});

describe.concurrent('a key ring is refused, by the name of its setting and without a word of its content,', () => {
  test.each([
    ['that is no entry', SECRET],
    ['with a key that is too short', `k1:${SECRET}`],
    ['with a good entry before a bad one', `k1:${KEY},k2:${SECRET}`],
    ['that repeats a kid', `${SECRET}:${KEY},${SECRET}:${KEY}`],
    ['of commas', ',,'],
  ])('%s', (_what, keys) => {
    const sentence = readingOf({ LATCHKEY_KEYS: keys });
    expect(sentence).toMatch(/^LATCHKEY_KEYS: (Entry \d of the|The) key ring /);
    expect(sentence).not.toContain(KEY);
    expect(sentence).not.toContain(SECRET);
  });

  test('of a file, whose path is named too', async () => {
    await using directory = await createTemporaryDirectory();
    const path = join(directory.path, 'ring');
    await writeFile(path, `k1:${SECRET}`);
    const sentence = readingOf({ LATCHKEY_KEYS_FILE: path });
    expect(sentence).toContain('LATCHKEY_KEYS_FILE');
    expect(sentence).toContain(path);
    expect(sentence).not.toContain(SECRET);
  });
});

describe.concurrent('the file of organisations is refused', () => {
  const LOCAL = { issuer: 'LOCAL' };
  const UPSTREAM = { id: 'a', issuer: 'UPSTREAM' };

  test.each([
    ['where it is not there', undefined, 'cannot be read (ENOENT)'],
    ['where it is empty', '', 'is not JSON'],
    ['where it is no array', { default: LOCAL }, 'array'],
    ['where it names none', [], 'at least one organisation'],
    ['where an id is missing', [LOCAL], ' at 0.id'],
    ['where an id has other characters', [{ ...LOCAL, id: 'a b' }], ' at 0.id: must be 1 to 64 letters'],
    ['where two ids are one', [LOCAL, LOCAL].map((one) => ({ ...one, id: 'a' })), 'must name each organisation once'],
    ['where a tenant has no URL', [UPSTREAM], ' at 0.tenantUrl: is missing'],
    [
      'where a tenant goes without TLS',
      [{ ...UPSTREAM, tenantUrl: 'http://acme.example' }],
      'must begin with https://',
    ],
    ['where a tenant is in a private network', [{ ...UPSTREAM, tenantUrl: 'https://10.0.0.1' }], 'private or reserved'],
    ['where a tenant’s URL holds a password', [{ ...UPSTREAM, tenantUrl: 'https://a:b@acme.example' }], 'no password'],
    [
      'where a tenant stands behind nobody',
      [{ ...LOCAL, id: 'a', tenantUrl: 'https://acme.example' }],
      ' at 0.tenantUrl: is for an UPSTREAM',
    ],
    ['where an issuer is another word', [{ id: 'a', issuer: 'REMOTE' }], ' at 0.issuer: '],
    [
      'where an organisation is given more than 10,000 calls a minute',
      [{ ...LOCAL, id: 'a', callsPerMinute: 10_001 }],
      ' at 0.callsPerMinute: must be a whole number from 1 to 10000.',
    ],
    ['where a member is unknown', [{ ...LOCAL, id: 'a', tenantURL: 'x' }], 'tenantURL'],
  ])('%s', async (_what, content, why) => {
    await using directory = await createTemporaryDirectory();
    const path = join(directory.path, 'organizations.json');
    if (content !== undefined) await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    const sentence = readingOf({ LATCHKEY_ORGANIZATIONS: path });
    expect(sentence.startsWith(`LATCHKEY_ORGANIZATIONS: ${path}`)).toBe(true);
    expect(sentence).toContain(why);
  });
});

test.concurrent('an address that is not of this machine is refused by the name of its setting', async () => {
  await using directory = await createTemporaryDirectory();
  // Of a range that is for documentation only (RFC 5737).
  const env = { LATCHKEY_DATA_DIR: directory.path, HOST: '203.0.113.9' };
  expect(await refusalOfStart({ env })).toBe('HOST is not an address of this machine.');
});

test.concurrent('10,000 calls a minute are taken, of all organisations and of one', async () => {
  await using directory = await createTemporaryDirectory();
  const path = join(directory.path, 'organizations.json');
  const organizations = [
    { id: 'a', issuer: 'LOCAL', callsPerMinute: 10_000 },
    { id: 'b', issuer: 'LOCAL' },
  ];
  await writeFile(path, JSON.stringify(organizations));
  const { limits } = readConfig({ LATCHKEY_CALLS_PER_MINUTE: '10000', LATCHKEY_ORGANIZATIONS: path });
  expect([...(limits?.quotas.values() ?? [])].map(({ perMinute }) => perMinute)).toEqual([10_000, 10_000]);
});

test.concurrent('an empty setting is one that is not set', () => {
  expect(readConfig({ PORT: '', LATCHKEY_SANDBOX: '', LATCHKEY_ORGANIZATIONS: '' })).toEqual(readConfig({}));
});
