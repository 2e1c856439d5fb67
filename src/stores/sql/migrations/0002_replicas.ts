import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * State that replicas share in the database: revocations that tokens still depend on, and fingerprints of the keys. And
 * an index that lets the list of a connection's live tokens skip the dead ones.
 */
export const replicas: Migration = {
  async up(db: Kysely<unknown>) {
    await createRevocations(db);
    await createKeyFingerprints(db);
    await replaceTokenIndex(db);
  },
};

async function createRevocations(db: Kysely<unknown>) {
  await db.schema
    .createTable('revocations')
    // A connection's or a token's id: a connection's newest generation stands for all earlier ones.
    .addColumn('subject', 'text', (column) => column.primaryKey().notNull())
    .addColumn('generation', 'integer')
    // Tells writes of the row apart: a late mark must not call a later write published.
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('is_published', 'integer', (column) => column.notNull().check(sql`is_published in (0, 1)`))
    .execute();
  await db.schema.createIndex('revocations_expiry').on('revocations').column('expires_at').execute();
  await db.schema
    .createIndex('revocations_unpublished')
    .on('revocations')
    .column('changed_at')
    .where(sql.ref('is_published'), '=', sql.lit(0))
    .execute();
}

async function createKeyFingerprints(db: Kysely<unknown>) {
  await db.schema
    .createTable('key_fingerprints')
    .addColumn('kid', 'text', (column) => column.primaryKey().notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .execute();
}

async function replaceTokenIndex(db: Kysely<unknown>) {
  await db.schema.dropIndex('access_tokens_connection').execute();
  await db.schema
    .createIndex('access_tokens_generation')
    .on('access_tokens')
    .columns(['connection_id', 'generation', 'issued_at'])
    .execute();
}
