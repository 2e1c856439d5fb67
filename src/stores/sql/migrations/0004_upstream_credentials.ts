import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Sealed credentials that tenants made for the connections of UPSTREAM organisations. */
export const upstreamCredentials: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('upstream_credentials')
      .addColumn('connection_id', 'text', (column) =>
        column.primaryKey().notNull().references('connections.id').onDelete('cascade'),
      )
      .addColumn('sealed', 'text', (column) => column.notNull())
      // The sealing key's id, by which a rotation finds credentials under older keys.
      .addColumn('kid', 'text', (column) => column.notNull())
      .execute();
  },
};
