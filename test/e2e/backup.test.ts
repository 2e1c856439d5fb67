import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { ConnectionsDocument, CreateConnectionDocument } from '../generated/graphql.js';
import { runCommand, spawnGateway } from '../support/gateway-process.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';

const settingsOf = (directory: string) => ({ LATCHKEY_DATA_DIR: directory });
const backUp = (from: string, to: string) => runCommand(['backup', to], { env: settingsOf(from) });

/** A gateway whose files anybody may write, but for the modes that it sets. */
const UMASK_0 = 'umask 0; exec "$@"';

describe('latchkey backup', () => {
  test('beside a gateway that is written to has everything that was acknowledged before it, and a start on it is the restore', async () => {
    await using directory = await createTemporaryDirectory();
    const [data, kept] = [join(directory.path, 'data'), join(directory.path, 'kept')];
    await using gateway = await spawnGateway({ env: settingsOf(data) });
    const admin = await userOfProcess(gateway.url, data);
    const machine = await createMachine(admin);
    const token = await requestToken(gateway.url, machine);
    let isDone = false;
    const writing = (async () => {
      // Each is a transaction, so the copy has to begin and to go on among them.
      while (!isDone) {
        await requestToken(gateway.url, machine);
        await admin.send(CreateConnectionDocument.toString(), {
          input: { name: 'x', authenticationType: 'ACCESS_KEY' },
        });
      }
    })();
    for (let time = 0; time < 5; time++) {
      expect(await backUp(data, `${kept}-${time}`)).toMatchObject({
        code: 0,
        stdout: `Backed up to ${kept}-${time}.\n`,
      });
    }
    isDone = true;
    await writing;
    await admin.run(CreateConnectionDocument, { input: { name: 'made after it', authenticationType: 'OAUTH' } });
    gateway.kill('SIGKILL');
    await gateway.ended;

    for (const copy of [`${kept}-0`, `${kept}-4`]) {
      await using restored = await spawnGateway({ env: settingsOf(copy) });
      expect(await isActive(restored.url, machine, token)).toBe(true);
      const { connections } = await (await userOfProcess(restored.url, copy)).run(ConnectionsDocument, {});
      expect(connections.map(({ name }) => name)).not.toContain('made after it');
    }
  });

  test('of a gateway that does not run is the same, and has one file beside the keys, for its user alone', async () => {
    await using directory = await createTemporaryDirectory();
    const [data, kept] = [join(directory.path, 'data'), join(directory.path, 'kept')];
    await using gateway = await spawnGateway({ env: settingsOf(data) });
    const machine = await createMachine(await userOfProcess(gateway.url, data));
    const token = await requestToken(gateway.url, machine);
    gateway.kill('SIGTERM');
    await gateway.ended;

    expect(await backUp(data, kept)).toMatchObject({ code: 0 });
    expect((await readdir(kept)).sort()).toEqual(['keys', 'latchkey.sqlite']);
    for (const name of ['', 'keys', 'latchkey.sqlite']) {
      expect((await stat(join(kept, name))).mode & 0o077).toBe(0);
    }
    expect(await readFile(join(kept, 'keys'), 'utf8')).toBe(await readFile(join(data, 'keys'), 'utf8'));
    // Readable where nothing may be written, which a copy in WAL mode is not.
    using copy = new DatabaseSync(join(kept, 'latchkey.sqlite'), { readOnly: true });
    expect(copy.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'delete' });
    await using restored = await spawnGateway({ env: settingsOf(kept) });
    expect(await isActive(restored.url, machine, token)).toBe(true);
  });

  test('leaves nothing where it cannot be done, and says why', async () => {
    await using directory = await createTemporaryDirectory();
    const data = join(directory.path, 'data');
    await using gateway = await spawnGateway({ env: settingsOf(data) });
    const occupied = join(directory.path, 'occupied');
    await writeFile(occupied, 'something else');
    const before = await readdir(directory.path);

    const refusals = [
      await backUp(data, occupied),
      await backUp(data, join(directory.path, 'not', 'there')),
      await backUp(data, join(occupied, 'new')),
      await backUp(data, data),
      await backUp(join(directory.path, 'nothing'), join(directory.path, 'new')),
      await runCommand(['backup', join(directory.path, 'new')], {
        env: { DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1/latchkey', LATCHKEY_KEYS: `k1:${'A'.repeat(43)}` },
      }),
    ];
    expect(refusals.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(refusals.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/occupied is there already and not empty\. Name a new directory/),
      expect.stringMatching(/^No backup was made \(ENOENT: .*\)\. Name a new directory, in one that is there/),
      expect.stringMatching(/^No backup was made \(ENOTDIR: .*\)\. Name a new directory/),
      expect.stringMatching(/data is there already and not empty/),
      expect.stringMatching(/^There is no database in /),
      expect.stringMatching(/^The state is in PostgreSQL.*pg_dump --format=custom/),
    ]);
    expect(refusals.map(({ stderr }) => stderr).join('')).not.toContain('hunter2');
    expect(await readdir(directory.path)).toEqual(before);
    expect(gateway.pid).toBeGreaterThan(0);
  });

  test('says where the key ring is not the directory’s own', async () => {
    await using directory = await createTemporaryDirectory();
    const [data, kept] = [join(directory.path, 'data'), join(directory.path, 'kept')];
    const env = { ...settingsOf(data), LATCHKEY_KEYS: `k1:${'A'.repeat(43)}` };
    await using gateway = await spawnGateway({ env });

    expect(await runCommand(['backup', kept], { env })).toMatchObject({
      code: 0,
      stdout: `Backed up to ${kept}. The key ring is not in it: keep LATCHKEY_KEYS, or its file, with it.\n`,
    });
    expect(await readdir(kept)).toEqual(['latchkey.sqlite']);
    expect(gateway.pid).toBeGreaterThan(0);
  });

  test('needs a path that is short enough for a socket: a longer one costs this command, and not the gateway', async () => {
    await using directory = await createTemporaryDirectory();
    const data = join(directory.path, 'long'.repeat(25), 'data');
    await using gateway = await spawnGateway({ env: settingsOf(data) });
    const refused = await backUp(data, join(directory.path, 'kept'));
    gateway.kill('SIGTERM');
    const { stderr } = await gateway.ended;

    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Another Latchkey process uses the data/),
    });
    expect(stderr).toContain('no operator command can reach this gateway');
    expect(await backUp(data, join(directory.path, 'kept'))).toMatchObject({ code: 0 });
  });

  test('is the gateway’s user’s alone to ask for; who connects and asks nothing holds up no stop', async () => {
    await using directory = await createTemporaryDirectory();
    await using gateway = await spawnGateway({ env: settingsOf(directory.path), wrapper: ['sh', '-c', UMASK_0, 'sh'] });
    const path = join(directory.path, 'operator.sock');
    const silent = connect({ path, allowHalfOpen: true });
    await once(silent, 'connect');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    gateway.kill('SIGTERM');

    expect(await gateway.ended).toMatchObject({ code: 0 });
    silent.destroy();
  });

  test('works beside a gateway that took the place of one that was killed', async () => {
    await using directory = await createTemporaryDirectory();
    const data = join(directory.path, 'data');
    const killed = await spawnGateway({ env: settingsOf(data) });
    killed.kill('SIGKILL');
    await killed.ended;
    await using gateway = await spawnGateway({ env: settingsOf(data) });

    expect(await backUp(data, join(directory.path, 'kept'))).toMatchObject({ code: 0 });
    expect(gateway.pid).not.toBe(killed.pid);
  });
});
