import { type Kysely, sql, type Transaction } from 'kysely';
import type { KeyRing } from '../lib/key-ring.js';
import type { Logger } from '../lib/logger.js';
import type { Secret } from '../lib/secrets.js';
import { StartupError } from '../lib/startup-error.js';
import { migratePostgresDatabase } from './postgresql/migration.postgres.js';
import { explainPostgres } from './postgresql/postgres.errors.js';
import { openPostgres } from './postgresql/postgres.js';
import { checkKeyRing, listKeyUses } from './sql/key-check.js';
import type { Schema } from './sql/schema.js';
import { migrateSqlite } from './sqlite/migration.sqlite.js';
import { explainDisk, openSqlite } from './sqlite/sqlite.js';

/** The state cannot be copied; the message says why and what to do. */
export class CopyRefusedError extends StartupError {}

/** Every table, each behind those that it refers to. */
const TABLES = [
  ...(['organizations', 'connections', 'connection_secrets', 'upstream_credentials', 'idempotent_creates'] as const),
  ...([
    'access_tokens',
    'audit_events',
    'sign_ins',
    'sessions',
    'revocations',
    'call_logs',
    'key_fingerprints',
  ] as const),
] satisfies (keyof Schema)[];
type Table = (typeof TABLES)[number];

/** The rows of one statement: far fewer parameters than PostgreSQL takes. */
const ROWS_AT_ONCE = 500;

/** How many rows a table has, where they came from and where they are now. */
export interface CopiedTable {
  readonly table: string;
  readonly before: number;
  readonly after: number;
}

/**
 * Copies an embedded installation into an empty PostgreSQL, all of it or nothing. The gateway must be stopped; its data
 * directory stays as it is, but for this version's migrations.
 * @throws CopyRefusedError, or as opening either database does
 */
export async function copyState(parts: {
  readonly from: string;
  readonly to: Secret;
  readonly keyRing: KeyRing;
  readonly logger: Logger;
}): Promise<readonly CopiedTable[]> {
  const { from, to, keyRing, logger } = parts;
  const { db: source } = openSqlite(from);
  try {
    await migrateSqlite(source);
    await requireKeys(source, keyRing);
    await migratePostgresDatabase(to, logger);
    const target = openPostgres(to, logger, { connections: 1, deadlineMs: undefined });
    try {
      return await target.transaction().execute((transaction) => copyTables(source, transaction));
    } catch (error) {
      throw explainPostgres(error);
    } finally {
      await target.destroy();
    }
  } catch (error) {
    throw explainDisk(error, from);
  } finally {
    await source.destroy();
  }
}

/** Without its key a digest is of no use anywhere. */
async function requireKeys(source: Kysely<Schema>, keyRing: KeyRing): Promise<void> {
  await checkKeyRing(source, keyRing);
  const missing = (await listKeyUses(source)).map(({ kid }) => kid).filter((kid) => !keyRing.kids.includes(kid));
  if (missing.length === 0) return;
  throw new CopyRefusedError(
    `Secrets are kept under keys that the key ring lacks: ${missing.join(', ')}. Set LATCHKEY_KEYS_FILE to the file keys of the data directory, or put those keys behind the active one.`,
  );
}

async function copyTables(source: Kysely<Schema>, target: Transaction<Schema>): Promise<readonly CopiedTable[]> {
  // Nobody starts a gateway on what is half there.
  await sql`lock table ${sql.join(TABLES.map((table) => sql.table(table)))} in exclusive mode`.execute(target);
  for (const table of TABLES) {
    if ((await countRows(target, table)) === 0) continue;
    throw new CopyRefusedError(
      `The database of DATABASE_URL is in use already: ${table} has rows. Copy into an empty database, before a gateway has been started on it.`,
    );
  }
  const copied: CopiedTable[] = [];
  for (const table of TABLES) {
    await copyTable(source, target, table);
    copied.push({ table, before: await countRows(source, table), after: await countRows(target, table) });
  }
  const lost = copied.find(({ before, after }) => before !== after);
  if (lost !== undefined) throw new Error(`${lost.after} of ${lost.before} rows of ${lost.table} were copied.`);
  return copied;
}

async function copyTable(source: Kysely<Schema>, target: Kysely<Schema>, table: Table): Promise<void> {
  for (let last = 0; ; ) {
    const { rows } = await sql<{ place: number }>`
      select rowid as place, * from ${sql.table(table)} where rowid > ${last} order by rowid limit ${ROWS_AT_ONCE}
    `.execute(source);
    if (rows.length === 0) return;
    const values = rows.map(({ place, ...row }) => row);
    await target
      .insertInto(table)
      .values(values as never)
      .execute();
    last = rows.at(-1)?.place ?? last;
  }
}

async function countRows(db: Kysely<Schema>, table: Table): Promise<number> {
  const { count } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}
