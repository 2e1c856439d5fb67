import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { ViewerDocument } from '../generated/graphql.js';
import { runCommand, spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { post, send } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

const SCHEMAS = join(import.meta.dirname, '..', '..', 'schema');
const COMMANDS = ['admin-token', 'sign-in', 'migrate', 'rotate-keys', 'keys', 'copy', 'env', 'schema'];

describe.concurrent('--help', () => {
  test('of the program names every command, on standard output', async () => {
    const { code, stdout, stderr } = await runCommand(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test.each(COMMANDS)('of %s explains it and does nothing', async (command) => {
    await using directory = await createTemporaryDirectory();
    const { code, stdout, stderr } = await runCommand([command, '--help'], {
      env: { LATCHKEY_DATA_DIR: join(directory.path, 'never-made') },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Usage: latchkey ${command}`);
  });
});

test.concurrent.each([
  ['no command', []],
  ['an unknown command', ['revoke-everything']],
  ['an unknown option', ['schema', '--colour']],
  ['a word too many', ['schema', 'now']],
  ['no role', ['admin-token']],
  ['an unknown role', ['admin-token', '--role', 'machine']],
  ['no minutes', ['admin-token', '--role', 'admin', '--minutes', '0']],
  ['half a minute', ['admin-token', '--role', 'admin', '--minutes', '0.5']],
  ['more than a day', ['admin-token', '--role', 'admin', '--minutes', '1441']],
  ['a subject with a line break', ['admin-token', '--role', 'admin', '--subject', 'a\nb']],
  ['an unknown organisation', ['admin-token', '--role', 'admin', '--org', 'nobody']],
  ['an unknown organisation to sign in to', ['sign-in', '--org', 'nobody']],
])('%s is a wrong use: exit 2, words on standard error, nothing on standard output', async (_what, args) => {
  await using directory = await createTemporaryDirectory();
  const { code, stdout, stderr } = await runCommand(args, { env: { LATCHKEY_DATA_DIR: directory.path } });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/\w/);
});

test.concurrent('a wrong setting ends a command with exit 1 and the sentence that names it', async () => {
  const { code, stdout, stderr } = await runCommand(['admin-token', '--role', 'admin'], { env: { PORT: 'abc' } });
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: 'PORT must be a port number.\n' });
});

test.concurrent('admin-token prints a bearer and nothing else, which has the role and the name that were asked for', async () => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: directory.path };
  await using gateway = await spawnGateway({ env });
  for (const [option, role] of [
    ['admin', 'ADMIN'],
    ['super-admin', 'SUPER_ADMIN'],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(['admin-token', '--role', option, '--subject', 'ann'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^lkad_[\w-]+\.[\w-]+\n$/);
    const client = createGraphqlClient(gateway.url, { authorization: `Bearer ${stdout.trim()}` });
    expect((await client.run(ViewerDocument)).viewer).toMatchObject({
      id: 'ann',
      role,
      organization: { id: 'default' },
    });
  }
});

test.concurrent('sign-in prints a link and nothing else, which opens at a gateway that runs', async () => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: directory.path };
  await using gateway = await spawnGateway({ env });
  const { code, stdout, stderr } = await runCommand(['sign-in'], {
    env: { ...env, LATCHKEY_PUBLIC_URL: gateway.url },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=lksi_\S+\n$/);
  expect((await send(stdout.trim())).text).toContain(', super admin of the organisation');
  expect((await post(stdout.trim())).status).toBe(303);
});

test.concurrent('sign-in makes links for plain admins too, and for whomever it names', async () => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: directory.path };
  await using gateway = await spawnGateway({ env });
  for (const [words, shown] of [
    [
      ['--role', 'admin'],
      ['admin', 'admin'],
    ],
    [
      ['--role', 'admin', '--subject', 'grace'],
      ['grace', 'admin'],
    ],
    [
      ['--subject', 'ada'],
      ['ada', 'super admin'],
    ],
  ] as const) {
    const { stdout } = await runCommand(['sign-in', ...words], { env: { ...env, LATCHKEY_PUBLIC_URL: gateway.url } });
    const { text } = await send(stdout.trim());
    const [subject, role] = shown;
    expect(text).toContain(`<strong>${subject}</strong>, ${role} of the organisation <strong>default</strong>`);
  }
});

test.concurrent('migrate brings a new data directory up to date once, and refuses while a gateway has it', async () => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: join(directory.path, 'data') };
  expect(await runCommand(['migrate'], { env })).toMatchObject({
    code: 0,
    stdout:
      'Applied 0001_initial, 0002_replicas, 0003_call_logs, 0004_upstream_credentials, 0005_name_keys, 0006_sessions.\n',
  });
  expect(await runCommand(['migrate'], { env })).toMatchObject({ code: 0, stdout: 'The schema is up to date.\n' });
  await using gateway = await spawnGateway({ env });
  const refused = await runCommand(['migrate'], { env });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('Another Latchkey process uses the data directory');
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
});

test.concurrent.each([
  ['schema.graphql', ['schema']],
  ['client.graphql', ['schema', '--client']],
])('schema prints schema/%s', async (file, command) => {
  const { code, stdout } = await runCommand(command);
  expect(code).toBe(0);
  expect(stdout).toBe(await readFile(join(SCHEMAS, file), 'utf8'));
});

test.concurrent.each([
  ['admin-token', ['--role', 'admin']],
  ['sign-in', []],
  ['rotate-keys', []],
  ['keys', []],
])('%s makes no key ring where there is none, as in a directory that is mistyped', async (command, args) => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: join(directory.path, 'mistyped'), PORT: '4000' };
  expect(await runCommand([command, ...args], { env })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `There is no key ring in ${env.LATCHKEY_DATA_DIR}: no gateway has been started with it. Set LATCHKEY_DATA_DIR as the gateway has it, or start the gateway first.\n`,
  });
  expect(await readdir(directory.path)).toEqual([]);
});

test.concurrent.each(['rotate-keys', 'keys'])('%s makes no database either', async (command) => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: join(directory.path, 'mistyped'), LATCHKEY_KEYS: KeyRing.generate() };
  expect(await runCommand([command], { env })).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `There is no database in ${env.LATCHKEY_DATA_DIR}. Set LATCHKEY_DATA_DIR as the gateway has it, or DATABASE_URL.\n`,
  });
  expect(await readdir(directory.path)).toEqual([]);
});

test.concurrent.each([
  ['::', '4100', 'http://[::1]:4100/'],
  ['0.0.0.0', '4100', 'http://127.0.0.1:4100/'],
  ['::1', '4100', 'http://[::1]:4100/'],
  ['localhost', '4100', 'http://localhost:4100/'],
])('the sign-in link of a gateway that listens on %s at %s begins with %s', async (HOST, PORT, url) => {
  const { code, stdout } = await runCommand(['sign-in'], { env: { HOST, PORT, LATCHKEY_KEYS: KeyRing.generate() } });
  expect({ code, stdout: stdout.slice(0, url.length) }).toEqual({ code: 0, stdout: url });
});

test.concurrent('a sign-in link cannot be made for a port that only the gateway knows', async () => {
  await using directory = await createTemporaryDirectory();
  const refused = await runCommand(['sign-in'], { env: { PORT: '0', LATCHKEY_DATA_DIR: directory.path } });
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'PORT is 0: only the gateway knows its address. Set LATCHKEY_PUBLIC_URL to its URL.\n',
  });
});
