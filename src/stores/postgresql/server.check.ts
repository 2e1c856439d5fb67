import { type Kysely, sql } from 'kysely';
import type { Schema } from '../sql/schema.js';
import { DatabaseUnreachableError, READ_ONLY } from './postgres.errors.js';

/** The oldest version that the tests run on: others may lack what a statement asks for, which its first use would tell. */
const OLDEST_VERSION = 15;

/** Names as SQL writes them, for statements that we tell an operator to run. */
export interface ServerNames {
  readonly user: string;
  /** Where new tables go. */
  readonly schema: string;
}

/**
 * Refuses, at the start and not at the first write, a server that no change can be kept in.
 * @throws DatabaseUnreachableError
 */
export async function checkServer(db: Kysely<Schema>): Promise<ServerNames> {
  const { rows } = await sql<{ version: number; isReadOnly: boolean; user: string; schema: string | null }>`
    select current_setting('server_version_num')::integer as version,
           current_setting('transaction_read_only')::boolean as "isReadOnly",
           quote_ident(current_user) as user,
           quote_ident(current_schema()) as schema
  `.execute(db);
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL says nothing of itself.');
  const { version, isReadOnly, user, schema } = found;
  const tooOld = refuseVersion(version);
  if (tooOld !== undefined) throw new DatabaseUnreachableError(tooOld);
  if (isReadOnly) throw new DatabaseUnreachableError(READ_ONLY);
  if (schema === null) {
    throw new DatabaseUnreachableError(
      `The search_path of the user ${user} of DATABASE_URL names no schema that it may use. Run as the database's owner: grant usage on schema public to ${user}; alter role ${user} set search_path = public;`,
    );
  }
  return { user, schema };
}

/** Why a server is too old, by its `server_version_num`: https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQSERVERVERSION */
export function refuseVersion(version: number): string | undefined {
  const major = Math.floor(version / 10_000);
  if (major >= OLDEST_VERSION) return undefined;
  const minor = version % 10_000;
  // Before 10 a version had three parts.
  const name = major >= 10 ? `${major}.${minor}` : `${major}.${Math.floor(minor / 100)}.${minor % 100}`;
  return `PostgreSQL ${name} is too old: ${OLDEST_VERSION} or later is needed. Upgrade it, or point DATABASE_URL to a newer server.`;
}
