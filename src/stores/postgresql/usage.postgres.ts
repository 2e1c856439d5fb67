import { type Kysely, sql } from 'kysely';
import type { TokenUse, UsageStore, Uses } from '../../domain/usage/usage.store.js';
import type { Schema } from '../sql/schema.js';

type RecordTokenUses = (uses: ReadonlyMap<string, TokenUse>) => Promise<void>;

/** Last uses: of secrets and connections in PostgreSQL, of tokens beside the tokens. */
export class PostgresUsageStore implements UsageStore {
  readonly #db: Kysely<Schema>;
  readonly #recordTokenUses: RecordTokenUses;

  constructor(db: Kysely<Schema>, recordTokenUses: RecordTokenUses) {
    this.#db = db;
    this.#recordTokenUses = recordTokenUses;
  }

  /**
   * Without a transaction: a deletion locks a connection and then its secrets, so a transaction that held secrets and
   * waited for connections could deadlock with it. Each statement alone is right: a last use only moves later.
   */
  async record(uses: Uses): Promise<void> {
    await touch(this.#db, 'connection_secrets', uses.secrets);
    await touch(this.#db, 'connections', uses.connections);
    await this.#recordTokenUses(uses.tokens);
  }
}

/** Locks rows in the order of their ids, so replicas never deadlock. */
async function touch(
  db: Kysely<Schema>,
  table: 'connection_secrets' | 'connections' | 'access_tokens',
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

/** Records last uses of tokens where PostgreSQL keeps the tokens. */
export function recordTokenUsesIn(db: Kysely<Schema>): RecordTokenUses {
  return (uses) => touch(db, 'access_tokens', new Map([...uses].map(([id, { at }]) => [id, at])));
}
