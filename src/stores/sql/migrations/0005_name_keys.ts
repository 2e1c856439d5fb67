import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

interface NamedConnections {
  connections: { id: string; organization_id: string; name_key: string; created_at: number };
}

/** Folds kinds and runs of spaces in name keys. A connection keeps its old key where another holds the folded one. */
export const nameKeys: Migration = {
  async up(db: Kysely<NamedConnections>) {
    const rows = await db
      .selectFrom('connections')
      .select(['id', 'organization_id', 'name_key'])
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    const taken = new Set(rows.map((row) => JSON.stringify([row.organization_id, row.name_key])));
    for (const { id, organization_id, name_key } of rows) {
      const folded = name_key.replace(/\p{Zs}+/gu, ' ');
      const key = JSON.stringify([organization_id, folded]);
      if (folded === name_key || taken.has(key)) continue;
      taken.add(key);
      await db.updateTable('connections').set({ name_key: folded }).where('id', '=', id).execute();
    }
  },
};
