import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { KeyRing } from '../../src/lib/key-ring.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { systemPostgresPrograms } from '../support/postgres-programs.js';
import { findBinary } from '../support/programs.js';
import { expectAlive } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import { userByKeys } from '../support/user-of-process.js';

const ROOT = join(import.meta.dirname, '..', '..');
const NEEDS_POSTGRES = systemPostgresPrograms() === undefined || findBinary('pg_isready') === undefined;
const SERVICES = ['gateway-1', 'gateway-2', 'postgres', 'proxy', 'redis'];

/** `npm run compose:local` in a folder of its own; ended by its own means, at the latest when the scope ends. */
async function spawnCompose() {
  await using started = new AsyncDisposableStack();
  const { path: directory } = started.use(await createTemporaryDirectory());
  // PostgreSQL may run as another user.
  await chmod(directory, 0o711);
  const words = ['run', '--silent', 'compose:local', '--', '--data', directory, '--port', '0'];
  const npm = spawn('npm', words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(npm, 'exit');
  const processes = () =>
    Array.from(output.matchAll(/^(\S+) runs as process (\d+), .*$/gm), ([line, name = '', pid]) => ({
      name,
      pid: Number(pid),
      url: `http://127.0.0.1:${/4000 is 127\.0\.0\.1:(\d+)/.exec(line)?.[1]}`,
    }));
  started.defer(async () => {
    for (const { pid } of processes()) killIfThere(pid);
    killIfThere(-(npm.pid ?? 0));
  });
  const untilSaid = (pattern: RegExp) =>
    until(`it said ${pattern}: ${output}`, () => pattern.test(output), { unless: ended });
  const disposal = started.move();
  const untilAllGone = () => until('no process was left', () => processes().every(({ pid }) => !isThere(pid)));
  return {
    directory,
    npm,
    ended,
    processes,
    untilSaid,
    untilAllGone,
    output: () => output,
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should have.
  }
}

const killGroup = ({ pid = 0 }: ChildProcess, signal: NodeJS.Signals) => process.kill(-pid, signal);

test.skipIf(NEEDS_POSTGRES)(
  'one command brings up what docker-compose.yml has: a change is known to both replicas, one that is stopped is started again, Ctrl-C ends all',
  async () => {
    await using compose = await spawnCompose();
    await compose.untilSaid(/^Ready: /m);
    const { directory, processes, output } = compose;
    const [, url = ''] = /^Ready: (\S+)/m.exec(output()) ?? [];
    expect(
      processes()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(SERVICES);
    const secretsPath = join(directory, '.env');
    expect((await stat(secretsPath)).mode & 0o777).toBe(0o600);
    const secrets = parseEnv(await readFile(secretsPath, 'utf8'));

    const replicas = processes().filter(({ name }) => name.startsWith('gateway-'));
    const keyRing = KeyRing.parse(secrets.LATCHKEY_KEYS ?? '');
    const machine = await createMachine(userByKeys(replicas[0]?.url ?? '', keyRing));
    await until('the proxy serves', () => requestToken(url, machine).then(() => true));
    const token = await requestToken(replicas[0]?.url ?? '', machine);
    for (const replica of replicas) expect(await isActive(replica.url, machine, token)).toBe(true);

    const [first] = replicas;
    process.kill(first?.pid ?? 0, 'SIGTERM');
    // That no request fails meanwhile is a trial: on a busy machine the proxy's checks of a second may fail.
    await compose.untilSaid(/gateway-1 ended \(0\) and is started again\n(?:.*\n)*gateway-1 runs as process/);
    await until('it served again', () => expectAlive(first?.url ?? '').then(() => true));
    await until('the proxy serves', () => isActive(url, machine, token));

    killGroup(compose.npm, 'SIGINT');
    await compose.ended;
    expect(processes().filter(({ pid }) => isThere(pid))).toEqual([]);
    for (const secret of Object.values(secrets)) expect(output()).not.toContain(secret);
  },
);

test.skipIf(NEEDS_POSTGRES).each<[what: string, kill: (npm: ChildProcess) => void]>([
  ['npm', (npm) => npm.kill('SIGKILL')],
  ['npm and what it runs', (npm) => killGroup(npm, 'SIGKILL')],
])('no process is left where %s is killed by SIGKILL', async (_what, kill) => {
  await using compose = await spawnCompose();
  await compose.untilSaid(/^gateway-1 runs as process/m);
  const { pid = 0 } = compose.npm;
  kill(compose.npm);
  await compose.untilAllGone();
  await until('npm’s group was gone', () => !isThere(-pid));
});
