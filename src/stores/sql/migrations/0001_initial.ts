import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Organisations, connections with their secrets, tokens, audit log and used sign-in links. */
export const initial: Migration = {
  async up(db: Kysely<unknown>) {
    await createOrganizations(db);
    await createConnections(db);
    await createConnectionSecrets(db);
    await createIdempotentCreates(db);
    await createAccessTokens(db);
    await createAuditEvents(db);
    await createSignIns(db);
  },
};

async function createOrganizations(db: Kysely<unknown>) {
  await db.schema
    .createTable('organizations')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('issuer', 'text', (column) => column.notNull().check(sql`issuer in ('LOCAL', 'UPSTREAM')`))
    .execute();
}

async function createConnections(db: Kysely<unknown>) {
  await db.schema
    .createTable('connections')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull())
    .addColumn('connector', 'text', (column) => column.notNull())
    .addColumn('authentication_type', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull().check(sql`status in ('ACTIVE', 'DISABLED')`))
    .addColumn('client_id', 'text', (column) => column.unique())
    .addColumn('slot', 'integer')
    .addColumn('generation', 'integer', (column) => column.notNull())
    .addColumn('allowed_cidrs', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .addCheckConstraint(
      'connections_kind',
      sql`(authentication_type = 'OAUTH' and client_id is not null and slot is not null and slot between 1 and 15)
       or (authentication_type = 'ACCESS_KEY' and client_id is null and slot is null)`,
    )
    .execute();
  // These three indexes hold the caps and names against races, which counting before inserting would lose.
  await db.schema
    .createIndex('connections_name')
    .unique()
    .on('connections')
    .columns(['organization_id', 'name_key'])
    .execute();
  await db.schema
    .createIndex('connections_oauth_slot')
    .unique()
    .on('connections')
    .columns(['organization_id', 'slot'])
    .execute();
  await db.schema
    .createIndex('connections_access_key')
    .unique()
    .on('connections')
    .column('organization_id')
    .where(sql.ref('authentication_type'), '=', sql.lit('ACCESS_KEY'))
    .execute();
}

async function createConnectionSecrets(db: Kysely<unknown>) {
  await db.schema
    .createTable('connection_secrets')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('connection_id', 'text', (column) => column.notNull().references('connections.id').onDelete('cascade'))
    .addColumn('state', 'text', (column) => column.notNull().check(sql`state in ('CURRENT', 'RETIRING')`))
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('digest_kid', 'text', (column) => column.notNull())
    .addColumn('prefix', 'text', (column) => column.notNull())
    .addColumn('last4', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addUniqueConstraint('connection_secrets_state', ['connection_id', 'state'])
    .execute();
}

async function createIdempotentCreates(db: Kysely<unknown>) {
  await db.schema
    .createTable('idempotent_creates')
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('input_digest', 'text', (column) => column.notNull())
    // No foreign key: a repeated create must learn that its connection was deleted.
    .addColumn('connection_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotent_creates_key', ['organization_id', 'key'])
    .execute();
}

async function createAccessTokens(db: Kysely<unknown>) {
  await db.schema
    .createTable('access_tokens')
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('digest', 'text', (column) => column.notNull().unique())
    .addColumn('organization_id', 'text', (column) => column.notNull())
    // No foreign key: deleting a connection must not wait for its million tokens. A token without its connection is
    // dead, and a sweep removes it when it expires.
    .addColumn('connection_id', 'text', (column) => column.notNull())
    .addColumn('generation', 'integer', (column) => column.notNull())
    .addColumn('issued_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('access_tokens_connection')
    .on('access_tokens')
    .columns(['connection_id', 'issued_at'])
    .execute();
  await db.schema.createIndex('access_tokens_expiry').on('access_tokens').column('expires_at').execute();
}

async function createAuditEvents(db: Kysely<unknown>) {
  await db.schema
    .createTable('audit_events')
    .addColumn('organization_id', 'text', (column) => column.notNull().references('organizations.id'))
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('detail', 'text')
    .addPrimaryKeyConstraint('audit_events_sequence', ['organization_id', 'sequence'])
    .execute();
}

async function createSignIns(db: Kysely<unknown>) {
  await db.schema
    .createTable('sign_ins')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
}
