import { type Kysely, sql } from 'kysely';
import type { UsageStore, Uses } from '../../domain/usage/usage.store.js';
import type { Schema } from '../sql/schema.js';

type UsedTable = 'connection_secrets' | 'access_tokens' | 'connections';

export class SqliteUsageStore implements UsageStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async record(uses: Uses): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      await touch(transaction, 'connection_secrets', uses.secrets);
      await touch(transaction, 'access_tokens', new Map([...uses.tokens].map(([id, { at }]) => [id, at])));
      await touch(transaction, 'connections', uses.connections);
    });
  }
}

async function touch(db: Kysely<Schema>, table: UsedTable, uses: ReadonlyMap<string, number>): Promise<void> {
  if (uses.size === 0) return;
  await sql`
    update ${sql.table(table)} as used
    set last_used_at = max(coalesce(used.last_used_at, 0), wanted.value ->> 1)
    from json_each(${JSON.stringify([...uses])}) wanted
    where used.id = wanted.value ->> 0
  `.execute(db);
}
