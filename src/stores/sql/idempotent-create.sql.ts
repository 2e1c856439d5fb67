import type { Kysely } from 'kysely';
import type {
  IdempotentCreate,
  IdempotentCreateReader,
  IdempotentCreateStore,
} from '../../domain/connections/idempotent-create.store.js';
import type { Schema } from './schema.js';

export class SqlIdempotentCreateStore implements IdempotentCreateReader, IdempotentCreateStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(organizationId: string, key: string): Promise<IdempotentCreate | undefined> {
    const row = await this.#db
      .selectFrom('idempotent_creates')
      .select(['input_digest', 'connection_id'])
      .where('organization_id', '=', organizationId)
      .where('key', '=', key)
      .executeTakeFirst();
    return row && { key, inputDigest: row.input_digest, connectionId: row.connection_id };
  }

  async claim(organizationId: string, create: IdempotentCreate, at: number): Promise<IdempotentCreate | undefined> {
    const { key, inputDigest: input_digest, connectionId: connection_id } = create;
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('idempotent_creates')
      .values({ organization_id: organizationId, key, input_digest, connection_id, created_at: at })
      .onConflict((conflict) => conflict.columns(['organization_id', 'key']).doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n ? undefined : this.find(organizationId, key);
  }

  async sweep(before: number): Promise<void> {
    await this.#db.deleteFrom('idempotent_creates').where('created_at', '<', before).execute();
  }
}
