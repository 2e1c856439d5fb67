import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { postgresBinary } from './required-binaries.js';

/** Runs SQL on a database, past all code of ours; resolves with the rows, a line each, columns parted by `|`. */
export async function runPostgres(databaseUrl: string, sql: string): Promise<string> {
  const words = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--dbname', databaseUrl, '--command', sql];
  const { stdout } = await promisify(execFile)(postgresBinary('psql'), words);
  return stdout.trimEnd();
}
