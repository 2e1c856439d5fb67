import { type Kysely, sql } from 'kysely';
import type { TokenUse, UsageStore, Uses } from '../../domain/usage/usage.store.js';
import type { Schema } from '../sql/schema.js';

type RecordTokenUses = (uses: ReadonlyMap<string, TokenUse>) => Promise<void>;

/** Last uses of secrets and connections in PostgreSQL, and of tokens where the tokens are. */
export class PostgresUsageStore implements UsageStore {
  readonly #db: Kysely<Schema>;
  readonly #recordTokenUses: RecordTokenUses;

  constructor(db: Kysely<Schema>, recordTokenUses: RecordTokenUses) {
    this.#db = db;
    this.#recordTokenUses = recordTokenUses;
  }

  /**
   * In no transaction: a deletion locks a connection and then its secrets, so that whoever holds secrets and waits for
   * connections may wait in a circle with it. Each statement alone is right: a use only ever becomes a later one.
   */
  async record(uses: Uses): Promise<void> {
    await touch(this.#db, 'connection_secrets', uses.secrets);
    await touch(this.#db, 'connections', uses.connections);
    await this.#recordTokenUses(uses.tokens);
  }
}

/** Rows are locked in the order of their ids, so that replicas never wait for each other in a circle. */
async function touch(
  db: Kysely<Schema>,
  table: 'connection_secrets' | 'connections',
  uses: ReadonlyMap<string, number>,
): Promise<void> {
  if (uses.size === 0) return;
  await sql`
    with wanted as (
      select * from unnest(${[...uses.keys()]}::text[], ${[...uses.values()]}::bigint[]) as given (id, at)
    ), locked as (
      select used.id from ${sql.table(table)} used join wanted on wanted.id = used.id
      order by used.id for no key update of used
    )
    update ${sql.table(table)} as used
    set last_used_at = greatest(coalesce(used.last_used_at, 0), wanted.at)
    from wanted join locked on locked.id = wanted.id
    where used.id = wanted.id
  `.execute(db);
}
