import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const READY_WITHIN_MS = 30_000;
/** A tick of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/** Servers have one core for themselves and the load generator another, so that neither takes the other's time. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;
export const PINNED = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

const children = new Set<ChildProcess>();
// Whatever ends this process ends its children, each by its id: a failure, Ctrl-C, or being done.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** A server under measurement. */
export interface ServerProcess {
  readonly name: string;
  readonly url: string;
  /** From the start of the process until it said where it listens. */
  readonly readyMs: number;
  readonly child: ChildProcess;
}

interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Words for Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Whether it and this process send each other messages. */
  readonly messages?: boolean;
}

/** Starts a script of this project with this Node, on the given core where processes can be pinned. */
export function startProcess(core: number, script: string, options: ProcessOptions = {}): ChildProcess {
  const command = [process.execPath, ...(options.nodeOptions ?? []), join(ROOT, script)];
  const [file = '', ...args] = PINNED ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(file, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.messages ? (['ipc'] as const) : [])],
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  return child;
}

/** Starts a server; resolves when it has written its address to standard output. */
export async function startServer(name: string, script: string, options: ProcessOptions = {}): Promise<ServerProcess> {
  const begun = performance.now();
  const child = startProcess(SERVER_CORE, script, options);
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${name} ${why}:\n${output}`));
    const timer = setTimeout(() => fail('did not become ready'), READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('exit', () => fail('ended'));
  });
  return { name, url, readyMs: performance.now() - begun, child };
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The CPU time that the process has used so far, in user and kernel mode, all its threads. */
export function cpuMicroseconds({ child }: ServerProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  // The second field, the command, may hold blanks: counting begins behind its parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = fields.slice(11, 13).map(Number);
  return ((userTicks ?? Number.NaN) + (systemTicks ?? Number.NaN)) * MICROSECONDS_PER_TICK;
}

/** Resident memory in bytes: now, or the most that it ever was. */
export function residentBytes({ child }: ServerProcess, which: 'now' | 'highest' = 'now'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const [, kib] = (which === 'now' ? /^VmRSS:\s+(\d+) kB/m : /^VmHWM:\s+(\d+) kB/m).exec(status) ?? [];
  return Number(kib) * 1024;
}
