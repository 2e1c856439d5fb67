import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILE_CACHE = join(tmpdir(), 'latchkey-tests-compile-cache');
const ROOT = join(import.meta.dirname, '..', '..');
/** What `npm start` gives to node, so that the tests run what users run. */
const START_FLAGS = flagsOf(readFileSync(join(ROOT, 'package.json'), 'utf8'));

function flagsOf(packageJson: string): string[] {
  const { flags } = /node (?<flags>(?:--\S+ )*)dist\/main\.js/.exec(packageJson)?.groups ?? {};
  if (flags === undefined) throw new Error('the script "start" does not run dist/main.js');
  return flags.trim().split(' ');
}

/** How long a gateway may take to say that it is ready, on a machine that is busy with other tests. */
const READY_WITHIN_MS = 60_000;

/** What a process said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The gateway as users start it: a process of its own from the built files. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly readyLine: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

interface SpawnOptions {
  readonly env?: Record<string, string>;
  /** Words to put before `node`, such as those of `setpriv`. */
  readonly wrapper?: readonly string[];
}

function launch(script: string, args: readonly string[], { env = {}, wrapper = [] }: SpawnOptions) {
  const flags = script === 'main.js' ? START_FLAGS : [];
  const [command = '', ...rest] = [...wrapper, process.execPath, ...flags, join(ROOT, 'dist', script), ...args];
  const child = spawn(command, rest, {
    // Tests of other things call as often as they like.
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: '0',
      LATCHKEY_LIMITS: 'off',
      // Hundreds of starts compile the same files.
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...output }));
  return { child, ended, output };
}

/** Runs an operator command to its end. */
export function runCommand(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return launch('cli.js', args, options).ended;
}

/** Starts a gateway and resolves when it has said that it is ready; rejects with its last words if it ends first. */
export async function spawnGateway(options: SpawnOptions = {}): Promise<GatewayProcess> {
  const { child, ended, output } = launch('main.js', [], options);
  await readyOf(child, ended);
  const [readyLine = ''] = output.stdout.split('\n');
  const [, url = ''] = /(http:\/\/\S+)\/graphql/.exec(readyLine) ?? [];
  return {
    url,
    readyLine,
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readyOf(child: ChildProcess, ended: Promise<Ended>): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error('the gateway did not become ready')), READY_WITHIN_MS);
  try {
    const failed = ended.then(({ code, stdout, stderr }) => {
      throw new Error(`the gateway ended with ${code}: ${stdout}${stderr}`);
    });
    if (child.stdout === null) throw new Error('no standard output');
    const ready = once(child.stdout, 'data', { signal: abort.signal });
    await Promise.race([ready, failed]);
  } finally {
    clearTimeout(timer);
  }
}
