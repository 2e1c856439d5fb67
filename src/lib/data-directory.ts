import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The path of a data directory's embedded database. */
export function databasePath(directory: string): string {
  return join(directory, 'latchkey.sqlite');
}

/** Whether a gateway has kept its state in the directory. */
export function isInUse(directory: string): boolean {
  return existsSync(databasePath(directory));
}
