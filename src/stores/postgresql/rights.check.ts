import { type Kysely, sql } from 'kysely';
import { StartupError } from '../../lib/startup-error.js';
import type { Schema } from '../sql/schema.js';
import type { ServerNames } from './server.check.js';

/** The user of DATABASE_URL lacks rights; the message says which, and how to grant them. */
export class MissingRightsError extends StartupError {}

const ALL = ['select', 'insert', 'update', 'delete'] as const;
type Right = (typeof ALL)[number];

/**
 * What a gateway does with each table, and no more: an owner may keep the audit log from being changed. Cascades run
 * with the owner's rights. A migration needs the owner.
 */
export const TABLE_RIGHTS: Readonly<Record<keyof Schema | 'kysely_migration', readonly Right[]>> = {
  organizations: ['select', 'insert', 'update'],
  connections: ALL,
  connection_secrets: ALL,
  upstream_credentials: ['select', 'insert', 'update'],
  idempotent_creates: ['select', 'insert', 'delete'],
  access_tokens: ALL,
  audit_events: ['select', 'insert'],
  sign_ins: ['select', 'insert', 'delete'],
  sessions: ALL,
  revocations: ALL,
  call_logs: ['select', 'insert', 'update'],
  key_fingerprints: ['select', 'insert'],
  kysely_migration: ['select'],
};

/**
 * Finds rights on existing tables that the user lacks, which its first write would find otherwise.
 * @throws MissingRightsError
 */
export async function checkRights(db: Kysely<Schema>, { user }: ServerNames): Promise<void> {
  const needed = Object.entries(TABLE_RIGHTS).flatMap(([table, rights]) => rights.map((right) => ({ table, right })));
  const { rows: missing } = await sql<{ table: string; rights: string }>`
    select format('%I.%I', namespace.nspname, class.relname) as table,
           string_agg(needed."right", ', ' order by needed.place) as rights
    from unnest(${needed.map(({ table }) => table)}::text[], ${needed.map(({ right }) => right)}::text[])
      with ordinality as needed (name, "right", place)
    join pg_class class on class.oid = to_regclass(needed.name)
    join pg_namespace namespace on namespace.oid = class.relnamespace
    where not has_table_privilege(class.oid, needed."right")
    group by namespace.nspname, class.relname
    order by min(needed.place)
  `.execute(db);
  if (missing.length === 0) return;
  const grants = [...Map.groupBy(missing, ({ rights }) => rights)].map(
    ([rights, tables]) => `grant ${rights} on ${tables.map(({ table }) => table).join(', ')} to ${user};`,
  );
  throw new MissingRightsError(
    `The user ${user} of DATABASE_URL lacks rights on Latchkey's tables. Run as their owner: ${grants.join(' ')}`,
  );
}

/** A migration that the user may not run, or whose tables it does not see, in a sentence; other errors stay as they are. */
export function explainMigration(error: unknown, { user, schema }: ServerNames): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (code === '42501') {
    return new MissingRightsError(
      `The user ${user} of DATABASE_URL may not bring the tables in the schema ${schema} to this version (${message}). Run latchkey migrate as their owner, or for new tables: grant usage, create on schema ${schema} to ${user};`,
      { cause: error },
    );
  }
  // The list of tables names those of every schema; a statement sees those of the search path.
  if (code === '42P01' && message.includes('kysely_migration')) {
    return new MissingRightsError(
      `Latchkey's tables are in a schema that the search_path of the user ${user} of DATABASE_URL does not name (${message}). Name that schema: alter role ${user} set search_path = …;`,
      { cause: error },
    );
  }
  return error;
}
