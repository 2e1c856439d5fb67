import { readFile } from 'node:fs/promises';
import type { PostgresServer } from './postgres-server.js';

/** To the postmaster and the processes that serve its connections: by SIGSTOP a machine whose disk or network hangs. */
export async function signalPostgres({ pid }: PostgresServer, signal: NodeJS.Signals): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const each of [pid, ...children.trim().split(' ').map(Number)]) process.kill(each, signal);
}
