import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
const READY_WITHIN_MS = 30_000;
const END_WITHIN_MS = 5_000;
const POLL_EVERY_MS = 5;
/** A tick of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/** Servers have one core for themselves and the load generator another, so that neither takes the other's time. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
export const PINNED = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** Has the kernel end a child when this process ends, even by SIGKILL: nobody is left to do it then. */
const CAN_END_WITH_US = spawnSync('setpriv', ['--version']).status === 0;

const children = new Map<ChildProcess, NodeJS.Signals>();
// Whatever ends this process ends its children, each by its id: a failure, Ctrl-C, or being done.
process.on('exit', () => {
  for (const [child, signal] of children) child.kill(signal);
  // Directories of theirs are removed next, which they must not write to any more.
  const deadline = performance.now() + END_WITHIN_MS;
  for (const child of children.keys())
    while (isRunning(child) && performance.now() < deadline) sleepSync(POLL_EVERY_MS);
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** A server under measurement. */
export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  /** From the start of the process until it said where it listens. */
  readonly readyMs: number;
  readonly child: ChildProcess;
}

interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** The user to run as, where this process is root's. */
  readonly user?: string;
  /** What makes it end at once: SIGKILL, unless that would leave something behind. */
  readonly endedBy?: NodeJS.Signals;
  /** Whether it and this process send each other messages. */
  readonly messages?: boolean;
}

interface ProcessOptions extends CommandOptions {
  /** Words for Node itself. */
  readonly nodeOptions?: readonly string[];
}

/** Starts a command, on the given core where processes can be pinned. */
export function startCommand(core: number, words: readonly string[], options: CommandOptions = {}): ChildProcess {
  const { env = {}, directory = ROOT, user, endedBy = 'SIGKILL', messages = false } = options;
  // Each of these becomes the next, so that the child's id is the command's own. The change of the user clears what is
  // asked for the parent's death, so that it comes first.
  const [file = '', ...args] = [
    ...(PINNED ? ['taskset', '-c', String(core)] : []),
    ...(user === undefined ? [] : runningAs(user)),
    ...(CAN_END_WITH_US ? ['setpriv', '--pdeathsig', endedBy.replace('SIG', '')] : []),
    ...words,
  ];
  const child = spawn(file, args, {
    cwd: directory,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(messages ? (['ipc'] as const) : [])],
  });
  children.set(child, endedBy);
  child.once('close', () => children.delete(child));
  return child;
}

/** The words that make a command run as `user`: servers such as PostgreSQL refuse to run as root. */
export function runningAs(user: string): string[] {
  return process.getuid?.() === 0 ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'] : [];
}

/** Starts a script of this project with this Node. */
export function startProcess(core: number, script: string, options: ProcessOptions = {}): ChildProcess {
  const words = [process.execPath, ...(options.nodeOptions ?? []), join(ROOT, script)];
  return startCommand(core, words, { ...options, env: { NODE_ENV: 'production', ...options.env } });
}

/** Starts a server; resolves when it has written its address to standard output. */
export async function startServer(name: string, script: string, options: ProcessOptions = {}): Promise<ServerProcess> {
  const begun = performance.now();
  const child = startProcess(SERVER_CORE, script, options);
  const url = await untilItSays(child, name, /http:\/\/127\.0\.0\.1:\d+/);
  return { name, url, readyMs: performance.now() - begun, child };
}

/** Resolves with what matches `pattern` in the child's output. @throws Error with that output where nothing does */
export function untilItSays(child: ChildProcess, name: string, pattern: RegExp): Promise<string> {
  let output = '';
  return new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}:\n${output}`));
    const timer = setTimeout(() => fail('did not become ready'), READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const [found] = pattern.exec(output) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      // What it says from now on is read by nobody, and must not fill a pipe.
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', read).resume();
      resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', ({ message }) => fail(message));
    child.once('exit', () => fail('ended'));
  });
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(children.get(child));
  await once(child, 'exit');
}

/** The CPU time that the process has used so far, in user and kernel mode, all its threads. */
export function cpuMicroseconds({ pid }: ProcessId): number {
  const [userTicks, systemTicks] = readStat({ pid }).slice(11, 13).map(Number);
  return ((userTicks ?? Number.NaN) + (systemTicks ?? Number.NaN)) * MICROSECONDS_PER_TICK;
}

/** The same of its children, those that live. */
export function cpuMicrosecondsOfChildren({ pid }: ProcessId): number {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return pids.reduce((sum, child) => sum + cpuMicroseconds({ pid: Number(child) }), 0);
}

/** A child or a child's child. */
type ProcessId = Pick<ChildProcess, 'pid'>;

/** The fields of proc(5) from the state on. */
function readStat({ pid }: ProcessId): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the command, may hold blanks: counting begins behind its parenthesis.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Asked of the kernel, since an exit hears of nothing any more: a child that has ended stays a zombie until then. */
function isRunning(child: ChildProcess): boolean {
  try {
    return readStat(child)[0] !== 'Z';
  } catch {
    return false;
  }
}

function sleepSync(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Resident memory in bytes: now, or the most that it ever was. */
export function residentBytes({ child }: ServerProcess, which: 'now' | 'highest' = 'now'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const [, kib] = (which === 'now' ? /^VmRSS:\s+(\d+) kB/m : /^VmHWM:\s+(\d+) kB/m).exec(status) ?? [];
  return Number(kib) * 1024;
}
