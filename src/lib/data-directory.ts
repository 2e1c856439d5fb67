import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The embedded database of a data directory. */
export function databasePath(directory: string): string {
  return join(directory, 'latchkey.sqlite');
}

/** Whether a gateway has kept anything there. */
export function isInUse(directory: string): boolean {
  return existsSync(databasePath(directory));
}
