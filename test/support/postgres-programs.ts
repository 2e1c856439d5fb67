import { globSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findBinary, isExecutable } from './programs.js';

/** Where the programs of the PostgreSQL are that npm brought, for all processes of a run. */
export const POSTGRES_BIN_VARIABLE = 'LATCHKEY_TEST_POSTGRES_BIN';

/** Debian keeps one directory for each version of PostgreSQL, and none of them in PATH. */
const POSTGRES_DIRECTORIES = '/usr/lib/postgresql/*/bin';
const SERVER_PROGRAMS = ['initdb', 'postgres'];

/** The directory of the programs that tests run: those that npm brought, else those of the system. */
export function postgresPrograms(): string {
  const directory = process.env[POSTGRES_BIN_VARIABLE] ?? systemPostgresPrograms();
  if (directory === undefined) throw new Error('PostgreSQL is not installed');
  return directory;
}

/** The directory of the system's PostgreSQL: that of the one in PATH, also where only links are there, or Debian's newest. */
export function systemPostgresPrograms(): string | undefined {
  const inPath = findBinary('initdb');
  const byVersion = (one: string, other: string) => other.localeCompare(one, 'en', { numeric: true });
  const candidates = [
    ...(inPath ? [dirname(realpathSync(inPath))] : []),
    ...globSync(POSTGRES_DIRECTORIES).sort(byVersion),
  ];
  const isWhole = (directory: string) => SERVER_PROGRAMS.every((name) => isExecutable(join(directory, name)));
  return candidates.find(isWhole);
}
