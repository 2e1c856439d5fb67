import { describeError } from './lib/logger.js';
import { StartupError } from './lib/startup-error.js';

/** Exit codes: 0 done, 1 the process could not run, 2 the command was used wrongly. */
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

/** One sentence that says what to do, for failures that operators can mend; the whole stack for others. */
export function explainFailure(error: unknown): string {
  if (error instanceof StartupError) return error.message;
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${address} is taken. Stop the process that listens there, or set PORT to a free one.`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'HOST is not an address of this machine.';
  if (code === 'EACCES') return `Port ${port} needs more rights than this user has. Set PORT to one from 1024 up.`;
  return describeError(error);
}
