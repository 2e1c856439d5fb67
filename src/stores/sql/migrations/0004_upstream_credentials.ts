import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What tenants made for the connections of UPSTREAM organisations, sealed. */
export const upstreamCredentials: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('upstream_credentials')
      .addColumn('connection_id', 'text', (column) =>
        column.primaryKey().notNull().references('connections.id').onDelete('cascade'),
      )
      .addColumn('sealed', 'text', (column) => column.notNull())
      // The key that seals it, for finding what is still to be sealed by the next one.
      .addColumn('kid', 'text', (column) => column.notNull())
      .execute();
  },
};
