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

  async insert(organizationId: string, create: IdempotentCreate, at: number): Promise<void> {
    await this.#db
      .insertInto('idempotent_creates')
      .values({
        organization_id: organizationId,
        key: create.key,
        input_digest: create.inputDigest,
        connection_id: create.connectionId,
        created_at: at,
      })
      .execute();
  }

  async sweep(before: number): Promise<void> {
    await this.#db.deleteFrom('idempotent_creates').where('created_at', '<', before).execute();
  }
}
