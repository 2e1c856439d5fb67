import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.js';

/** Much more than a server says when it does not start. */
const KEPT_OUTPUT_CHARACTERS = 20_000;

/** Has the kernel kill the server when this process ends, even by SIGKILL: nobody is left to do it then. */
const ENDS_WITH_US = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL'] : [];

/** A process of a server that is not ours, such as Redis. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone, and so are the children that hold its output open, such as PostgreSQL's. */
  readonly ended: Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** The end of what it wrote to standard output and standard error. */
  output(): string;
}

interface SpawnServerOptions {
  readonly directory: string;
  /** The user to run as, where this process is root's. */
  readonly user?: string | undefined;
}

/** The words that make a command run as `user`: servers such as PostgreSQL refuse to run as root. */
export function runningAs(user: string): string[] {
  if (process.getuid?.() !== 0) return [];
  // A user's group may have another name.
  const group = execFileSync('id', ['-g', user], { encoding: 'utf8' }).trim();
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--init-groups'];
}

/** Starts a server in the foreground. It is not ready yet, and may fail to become so: see `untilReady`. */
export function spawnServer(words: readonly string[], { directory, user }: SpawnServerOptions): ServerProcess {
  const wrapper = user === undefined ? [] : runningAs(user);
  // The change of the user clears the signal that is sent at the parent's death, so that it is asked for afterwards.
  const [command = '', ...args] = [...wrapper, ...ENDS_WITH_US, ...words];
  const child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.on('error', ({ message }) => keep(message));
  return {
    pid: child.pid ?? 0,
    ended: once(child, 'close').then(
      () => undefined,
      () => undefined,
    ),
    kill: (signal) => void child.kill(signal),
    output: () => output,
  };
}

/** Waits until `isReady`; a server that ends before, or takes too long, is reported with its last words and is gone. */
export async function untilReady(
  server: ServerProcess,
  name: string,
  isReady: () => boolean | Promise<boolean>,
): Promise<void> {
  try {
    await until(`${name} was ready`, isReady, { unless: server.ended });
  } catch (error) {
    server.kill('SIGKILL');
    await server.ended;
    throw new Error(`${name} did not start: ${server.output()}`, { cause: error });
  }
}
