import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The embedded store's call counts, kept over a restart. Replicas count in Redis. */
export const callLogs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('call_logs')
      .addColumn('subject', 'text', (column) => column.primaryKey().notNull())
      .addColumn('log', 'text', (column) => column.notNull())
      .execute();
  },
};
