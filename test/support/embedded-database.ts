import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Database } from '../../src/domain/database/database.js';
import { openEmbeddedDatabase } from '../../src/stores/embedded.database.js';
import { openSqlite } from '../../src/stores/sqlite/sqlite.js';
import { createTemporaryDirectory } from './temporary-directory.js';

const FILE = 'latchkey.sqlite';

/** An embedded database on a directory of its own; both are gone when the scope that holds it ends. */
export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  readonly directory: string;
}

let migrated: Promise<Buffer> | undefined;

/** The file of a new database. Each test gets a copy: migrating for each would be most of what a test takes. */
async function migratedFile(): Promise<Buffer> {
  await using directory = await createTemporaryDirectory();
  const database = await openEmbeddedDatabase(directory.path);
  await database.close();
  return await readFile(join(directory.path, FILE));
}

/** A new, empty database, after the SQL statements of `prepare`, by which a test lays faults that are real. */
export async function openTestDatabase(...prepare: readonly string[]): Promise<TestDatabase> {
  migrated ??= migratedFile();
  const directory = await createTemporaryDirectory();
  await writeFile(join(directory.path, FILE), await migrated);
  if (prepare.length > 0) await runSql(directory.path, ...prepare);
  const database = await openEmbeddedDatabase(directory.path);
  return {
    database,
    directory: directory.path,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Runs SQL on a database that nobody has open, past all code of ours; resolves with the rows of each statement. */
export async function runSql(directory: string, ...statements: readonly string[]): Promise<readonly unknown[][]> {
  const { db } = openSqlite(directory);
  try {
    const results: unknown[][] = [];
    for (const statement of statements) results.push((await sql.raw(statement).execute(db)).rows);
    return results;
  } finally {
    await db.destroy();
  }
}
