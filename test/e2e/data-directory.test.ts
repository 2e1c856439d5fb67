import { cp, open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { systemClock } from '../../src/lib/clock.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { ConnectionsDocument } from '../generated/graphql.js';
import { runCommand, spawnGateway } from '../support/gateway-process.js';
import { createGraphqlClient } from '../support/graphql-client.js';
import { createMachine, isActive, type MachineCredentials, requestToken } from '../support/machine.js';
import { refusalOf as refusalOfStart } from '../support/refused-start.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';
import { makeReadOnly, UNPRIVILEGED } from '../support/without-root-rights.js';

/** What a start with this data directory says as its last words: one sentence. */
async function refusalOf(dataDirectory: string, wrapper: readonly string[] = []): Promise<string> {
  const refusal = await refusalOfStart({ env: { LATCHKEY_DATA_DIR: dataDirectory }, wrapper });
  expect(refusal.split('\n')).toEqual([refusal]);
  return refusal;
}

/** What a data directory that was in use holds: one connection with one token. */
interface Kept {
  readonly machine: MachineCredentials;
  readonly token: string;
}

const template = await createTemporaryDirectory();
afterAll(() => template[Symbol.asyncDispose]());
const kept = await fill(template.path);

async function fill(dataDirectory: string): Promise<Kept> {
  await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: dataDirectory } });
  const machine = await createMachine(await userOfProcess(gateway.url, dataDirectory));
  const token = await requestToken(gateway.url, machine);
  gateway.kill('SIGTERM');
  await gateway.ended;
  return { machine, token };
}

/** A data directory of a test's own that was in use. */
async function createUsedDirectory(): ReturnType<typeof createTemporaryDirectory> {
  const directory = await createTemporaryDirectory();
  await cp(template.path, directory.path, { recursive: true });
  return directory;
}

/** Starts a gateway and expects what was in the directory. */
async function expectNothingLost(dataDirectory: string): Promise<void> {
  await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: dataDirectory } });
  expect(await isActive(gateway.url, kept.machine, kept.token)).toBe(true);
}

const databaseOf = (dataDirectory: string) => join(dataDirectory, 'latchkey.sqlite');

function writable(directory: string): RegExp {
  return new RegExp(
    `^The data directory ${directory} cannot be written \\(.+\\)\\. Make it writable for this user, or set LATCHKEY_DATA_DIR to one that is\\.$`,
  );
}

describe.concurrent('a data directory that cannot be written is refused, with what to do', () => {
  test('an empty one', async () => {
    await using directory = await createTemporaryDirectory();
    const dataDirectory = join(directory.path, 'data');
    await using _readOnly = await makeReadOnly(dataDirectory);
    expect(await refusalOf(dataDirectory, UNPRIVILEGED)).toMatch(writable(dataDirectory));
  });

  test('one that would have to be made where nothing can be', async () => {
    await using directory = await createTemporaryDirectory();
    await using _readOnly = await makeReadOnly(directory.path);
    const dataDirectory = join(directory.path, 'data');
    expect(await refusalOf(dataDirectory, UNPRIVILEGED)).toMatch(writable(dataDirectory));
  });

  test('one with state in it, which is there again once it can be written', async () => {
    await using directory = await createUsedDirectory();
    const before = await readFile(databaseOf(directory.path));
    {
      await using _readOnly = await makeReadOnly(directory.path);
      expect(await refusalOf(directory.path, UNPRIVILEGED)).toMatch(writable(directory.path));
    }
    expect(before.equals(await readFile(databaseOf(directory.path)))).toBe(true);
    await expectNothingLost(directory.path);
  });

  test('one that is a file', async () => {
    await using directory = await createTemporaryDirectory();
    const path = join(directory.path, 'data');
    await writeFile(path, 'a file');
    expect(await refusalOf(path)).toMatch(writable(path));
    expect(await readFile(path, 'utf8')).toBe('a file');
  });
});

describe.concurrent('a first start that ends half-way, for want of room on the disk, is made good by the next one:', () => {
  const KIB = 1024;

  test.each([80, 120].map((kib) => kib * KIB))('after %i bytes', async (bytes) => {
    await using directory = await createTemporaryDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path };
    const ended = await runCommand(['migrate'], { env, wrapper: ['prlimit', `--fsize=${bytes}`] });
    expect(ended.stderr.trimEnd()).toMatch(writable(directory.path));
    await using _gateway = await spawnGateway({ env });
  });

  test('in the middle of the key ring', async () => {
    await using directory = await createTemporaryDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path };
    await refusalOfStart({ env, wrapper: ['prlimit', '--fsize=20'] });
    expect(await readdir(directory.path)).toEqual([]);
    await using _gateway = await spawnGateway({ env });
  });
});

test.concurrent('a data directory of a newer version is refused and left as it is', async () => {
  await using directory = await createUsedDirectory();
  const change = (sql: string) => {
    const database = new DatabaseSync(databaseOf(directory.path));
    database.exec(sql);
    database.close();
  };
  change("insert into kysely_migration (name, timestamp) values ('9999_from_tomorrow', '2100-01-01T00:00:00.000Z')");

  expect(await refusalOf(directory.path)).toBe(
    'The stored state was migrated by a newer version of Latchkey (9999_from_tomorrow). Start that version, or restore a backup that this version made.',
  );
  change("delete from kysely_migration where name = '9999_from_tomorrow'");
  await expectNothingLost(directory.path);
});

describe.concurrent('a damaged database is refused in a sentence, and left for whoever can mend it:', () => {
  const PAGE_BYTES = 4096;

  async function overwrite(path: string, position: number, bytes: number): Promise<void> {
    await using file = await open(path, 'r+');
    await file.write(Buffer.alloc(bytes, 0xa5), 0, bytes, position);
  }

  test.each([
    ['something else', (path: string) => writeFile(path, 'this is no database. '.repeat(20))],
    ['cut off', (path: string) => truncate(path, PAGE_BYTES + 1000)],
    ['overwritten in its first page', (path: string) => overwrite(path, 100, 600)],
    ['overwritten behind its first page', (path: string) => overwrite(path, PAGE_BYTES, 20 * PAGE_BYTES)],
  ])('%s', async (_what, damage) => {
    await using directory = await createUsedDirectory();
    await damage(databaseOf(directory.path));
    const before = await readFile(databaseOf(directory.path));

    expect(await refusalOf(directory.path)).toBe(
      `${databaseOf(directory.path)} is damaged or not a database. Restore it from a backup, or move it away.`,
    );
    expect(before.equals(await readFile(databaseOf(directory.path)))).toBe(true);
  });
});

describe.concurrent('a back-up', () => {
  const AFTER = 'made after the back-up';

  /** A gateway that runs on a directory of its own, with a connection that the template lacks. */
  async function startAhead(dataDirectory: string) {
    const gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: dataDirectory } });
    const admin = await userOfProcess(gateway.url, dataDirectory);
    await createMachine(admin, 'OAUTH', AFTER);
    return { gateway, admin };
  }

  async function expectRestored(dataDirectory: string): Promise<void> {
    await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: dataDirectory } });
    const { connections } = await (await userOfProcess(gateway.url, dataDirectory)).run(ConnectionsDocument);
    expect(connections.map(({ name }) => name)).not.toContain(AFTER);
    expect(await isActive(gateway.url, kept.machine, kept.token)).toBe(true);
  }

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'that is moved over the file of a running gateway is written to by nobody, and is there after %s',
    async (signal) => {
      await using directory = await createUsedDirectory();
      const { gateway, admin } = await startAhead(directory.path);
      await using _gateway = gateway;
      const backup = join(directory.path, 'backup');
      await cp(databaseOf(template.path), backup);
      await rename(backup, databaseOf(directory.path));

      await expect(createMachine(admin, 'OAUTH', 'too late')).rejects.toThrow();
      expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
      gateway.kill(signal);
      await gateway.ended;

      await expectRestored(directory.path);
    },
  );

  test('is restored in the order that docs/settings.md gives, also over what a killed gateway left', async () => {
    await using directory = await createTemporaryDirectory();
    const dataDirectory = join(directory.path, 'data');
    await cp(template.path, dataDirectory, { recursive: true });
    const { gateway } = await startAhead(dataDirectory);
    gateway.kill('SIGKILL');
    await gateway.ended;
    expect(await readdir(dataDirectory)).toContain('latchkey.sqlite-wal');

    await rename(dataDirectory, join(directory.path, 'away'));
    await cp(template.path, dataDirectory, { recursive: true });

    await expectRestored(dataDirectory);
  });
});

describe.concurrent('two processes on one data directory', () => {
  const taken = (directory: string) =>
    `Another Latchkey process uses the data directory ${directory}. Stop it, or set LATCHKEY_DATA_DIR to another one.`;

  test('the second refuses while the first goes on serving, and starts once the first was killed', async () => {
    await using directory = await createTemporaryDirectory();
    await using first = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
    const admin = await userOfProcess(first.url, directory.path);
    const machine = await createMachine(admin, 'OAUTH', 'before');

    expect(await refusalOf(directory.path)).toBe(taken(directory.path));
    await createMachine(admin, 'OAUTH', 'after');
    const token = await requestToken(first.url, machine);
    expect(await isActive(first.url, machine, token)).toBe(true);

    first.kill('SIGKILL');
    await first.ended;
    await using second = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
    const { connections } = await (await userOfProcess(second.url, directory.path)).run(ConnectionsDocument);
    expect(connections.map(({ name }) => name)).toEqual(['before', 'after']);
    expect(await isActive(second.url, machine, token)).toBe(true);
  });

  test('never serve together, also where they start in the same moment', async () => {
    await using directory = await createUsedDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path };
    const started = await Promise.allSettled([spawnGateway({ env }), spawnGateway({ env })]);
    await using stack = new AsyncDisposableStack();
    const ready = started.flatMap((one) => (one.status === 'fulfilled' ? [stack.use(one.value)] : []));
    const refusals = started.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    // Both may refuse, having seen each other.
    expect(ready.length).toBeLessThan(2);
    expect(refusals.every((refusal) => refusal.includes(taken(directory.path)))).toBe(true);
  });
});

describe.concurrent('a key ring that does not fit the state', () => {
  test.each<[string, (kid: string) => string, RegExp]>([
    [
      'of another name',
      () => 'other',
      /^The key ring has none of the keys that secrets are kept under: \w+\. Put the right ring back/,
    ],
    ['of the same name', (kid) => kid, /^The key "\w+" of the key ring is not the one that .* Put the right key back/],
  ])('stops the start and spoils nothing: a key %s', async (_what, nameOf, sentence) => {
    await using directory = await createUsedDirectory();
    const [kid = ''] = (await readFile(join(directory.path, 'keys'), 'utf8')).split(':');
    const env = { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_KEYS: `${nameOf(kid)}:${'B'.repeat(42)}A` };
    expect(await refusalOfStart({ env })).toMatch(sentence);
    await expectNothingLost(directory.path);
  });

  test('but has some of its keys starts it, with a warning, and `latchkey keys` says what depends on which', async () => {
    await using directory = await createUsedDirectory();
    const old = (await readFile(join(directory.path, 'keys'), 'utf8')).trim();
    const [kid = ''] = old.split(':');
    const key = `next:${'B'.repeat(42)}A`;
    const env = { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_LOG_LEVEL: 'warn' };
    {
      await using both = await spawnGateway({ env: { ...env, LATCHKEY_KEYS: `${key},${old}` } });
      const bearers = new AdminTokens(KeyRing.parse(key), systemClock);
      const claims = { subject: 'tester', role: 'SUPER_ADMIN', organizationId: 'default', lifetimeMs: 60_000 } as const;
      const authorization = `Bearer ${bearers.issue(claims).reveal()}`;
      await createMachine(createGraphqlClient(both.url, { authorization }), 'OAUTH', 'under the next key');
      both.kill('SIGTERM');
      expect(await both.ended).toMatchObject({ code: 0, stderr: '' });
    }
    const keysBy = async (ring: string) =>
      (await runCommand(['keys'], { env: { ...env, LATCHKEY_KEYS: ring } })).stdout.split(/ *\n/);
    const heading = "key      in the ring  secrets  tenants' credentials";
    expect(await keysBy(`${key},${old}`)).toEqual([
      heading,
      'next     active       1        0',
      `${kid}  checks only  1        0`,
      '',
    ]);
    expect(await keysBy(key)).toEqual([
      heading,
      'next     active       1        0',
      `${kid}  missing      1        0`,
      '',
    ]);

    await using without = await spawnGateway({ env: { ...env, LATCHKEY_KEYS: key } });
    without.kill('SIGTERM');
    const { code, stderr } = await without.ended;
    expect(code).toBe(0);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      {
        msg: 'the key ring lacks a key that is in use',
        count: 1,
        detail: expect.stringContaining(`Without the key ${kid}, 1 secrets`),
      },
    ]);
  });

  test('is not made in place of one that has gone missing: the start refuses and says so', async () => {
    await using directory = await createUsedDirectory();
    await rm(join(directory.path, 'keys'));
    expect(await refusalOf(directory.path)).toMatch(/keys/);
    expect(await readdir(directory.path)).not.toContain('keys');
  });
});
