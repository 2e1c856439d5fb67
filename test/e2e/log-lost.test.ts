import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.js';
import { spawnGateway } from '../support/gateway-process.js';
import { createMachine } from '../support/machine.js';
import { authorizationOf, COMPATIBLE, expectAlive, expectFailure, post } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { userOfProcess } from '../support/user-of-process.js';

/** For this process a file that may not grow is a full disk. */
async function setDiskFull(pid: number, isFull: boolean): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${isFull ? '1' : 'unlimited'}:`]);
}

test('a full disk under the log loses lines, never an answer, and the log says how many when there is space again', async () => {
  await using directory = await createTemporaryDirectory();
  const log = join(directory.path, 'log');
  const env = { LATCHKEY_DATA_DIR: directory.path, LATCHKEY_LOG_LEVEL: 'debug', LOG: log };
  await using gateway = await spawnGateway({ env, wrapper: ['sh', '-c', 'exec "$@" 2>>"$LOG"', 'sh'] });
  const machine = await createMachine(await userOfProcess(gateway.url, directory.path));
  const requestToken = () => post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine));

  const lines = async () =>
    (await readFile(log, 'utf8'))
      .trimEnd()
      .split('\n')
      // The last line may be half written when it is read.
      .flatMap((line) => (line.endsWith('}') ? JSON.parse(line) : []));
  let refused = 0;
  // A line that is written only when there is space again is late, not lost: the disk is full until one is lost.
  await until('lines were lost', async () => {
    await setDiskFull(gateway.pid, true);
    for (let request = 0; request < 3; request++) {
      expectFailure(await requestToken(), 503, 'temporarily_unavailable');
      refused++;
      await expectAlive(gateway.url);
    }
    await setDiskFull(gateway.pid, false);
    expect((await requestToken()).status).toBe(200);
    let lost = 0;
    await until('each line is written or counted', async () => {
      const logged = await lines();
      const counts = logged.filter(({ msg }) => msg === 'log lines were lost').map(({ count }) => count);
      lost = counts.reduce((sum, count) => sum + count, 0);
      return lost + logged.filter(({ status }) => status === 503).length >= refused;
    });
    return lost > 0;
  });

  await setDiskFull(gateway.pid, true);
  await expectAlive(gateway.url);
  gateway.kill('SIGTERM');
  expect(await gateway.ended).toMatchObject({ code: 0, signal: null });
});

test('a gateway whose standard output was closed before it is ready serves, and stops when it is told to', async () => {
  await using directory = await createTemporaryDirectory();
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), LATCHKEY_DATA_DIR: directory.path };
  const gateway = spawn(process.execPath, [join(import.meta.dirname, '../../dist/main.js')], { env, stdio: 'pipe' });
  await using _stop = { [Symbol.asyncDispose]: async () => void gateway.kill('SIGKILL') };
  const ended = once(gateway, 'exit');
  gateway.stdout.destroy();

  await until('it serves', () => expectAlive(`http://127.0.0.1:${port}`).then(() => true), { unless: ended });
  await expectAlive(`http://127.0.0.1:${port}`);
  gateway.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
