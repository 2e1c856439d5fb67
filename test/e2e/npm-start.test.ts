import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.js';
import { freePort } from '../support/free-port.js';
import { expectAlive, send } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

test('`npm start` builds and starts what was just installed; a SIGTERM to npm stops it, and npm ends after it with exit code 0', async () => {
  await using checkout = await createCheckout();
  await using directory = await createTemporaryDirectory();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, PORT: String(port), LATCHKEY_DATA_DIR: directory.path };
  // A process group of its own, which is what is killed should the test fail and npm leave an orphan.
  const npm = spawn('npm', ['start'], { cwd: checkout.path, env, stdio: 'ignore', detached: true });
  const ended = once(npm, 'exit');
  await using _stop = { [Symbol.asyncDispose]: async () => killGroup(npm.pid) };
  await until('it serves', () => expectAlive(url).then(() => true), { unless: ended });

  npm.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  await expect(send(`${url}/livez`)).rejects.toThrow('fetch failed');
});

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left, as it should be.
  }
}
