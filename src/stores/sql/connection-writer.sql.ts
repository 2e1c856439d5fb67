import { type Kysely, sql } from 'kysely';
import type { Connection, ConnectionSecret } from '../../domain/connections/connection.js';
import { OAUTH_CONNECTIONS_MAX } from '../../domain/connections/connection.js';
import type { ConnectionStore } from '../../domain/connections/connection.store.js';
import { nameKey } from '../../domain/connections/connection-name.js';
import { UniquenessError } from '../../domain/connections/uniqueness.error.js';
import { toConnectionRow, toSecretRow } from './connection.rows.js';
import { SqlConnectionReader } from './connection.sql.js';
import { refuseDuplicates } from './constraints.js';
import type { Schema } from './schema.js';

/** A changed connection, and the generation that its tokens must have from now on. */
export interface ConnectionChange {
  readonly connectionId: string;
  readonly generation: number;
}

/** Hears what a change does to connections. */
export interface ConnectionNotes {
  changed(change: ConnectionChange): void;
  /** The connection is missing: a change that some replicas have not heard of may have deleted it. */
  absent?(connectionId: string): void;
}

/** Writes connections inside a change. */
export class SqlConnectionStore extends SqlConnectionReader implements ConnectionStore {
  readonly #db: Kysely<Schema>;
  readonly #notes: ConnectionNotes;

  constructor(db: Kysely<Schema>, notes: ConnectionNotes) {
    super(db);
    this.#db = db;
    this.#notes = notes;
  }

  override async findMany(
    organizationId: string,
    ids: readonly string[],
  ): Promise<readonly (Connection | undefined)[]> {
    const found = await super.findMany(organizationId, ids);
    for (const [index, id] of ids.entries()) if (found[index] === undefined) this.#notes.absent?.(id);
    return found;
  }

  async insert(connection: Connection): Promise<void> {
    const slot = connection.authenticationType === 'OAUTH' ? await this.#freeSlot(connection.organizationId) : null;
    await refuseDuplicates(() =>
      this.#db.insertInto('connections').values(toConnectionRow(connection, slot)).execute(),
    );
    await this.#insertSecrets(connection.id, connection.secrets);
  }

  async update(connection: Connection): Promise<void> {
    const { name, status, generation, allowedCidrs, updatedAt } = connection;
    this.#notes.changed({ connectionId: connection.id, generation });
    await refuseDuplicates(() =>
      this.#db
        .updateTable('connections')
        .set({
          name,
          // An unchanged name keeps its key: an old key may tell kinds of spaces apart.
          name_key: sql<string>`case when name = ${name} then name_key else ${nameKey(name)} end`,
          status,
          generation,
          allowed_cidrs: JSON.stringify(allowedCidrs),
          updated_at: updatedAt,
        })
        .where('organization_id', '=', connection.organizationId)
        .where('id', '=', connection.id)
        .execute(),
    );
  }

  async addSecret({ id, generation }: Connection, secret: ConnectionSecret): Promise<void> {
    this.#notes.changed({ connectionId: id, generation });
    await this.#insertSecrets(id, [secret]);
  }

  async retireSecret({ id, generation }: Connection, secretId: string): Promise<void> {
    this.#notes.changed({ connectionId: id, generation });
    await this.#db
      .deleteFrom('connection_secrets')
      .where('connection_id', '=', id)
      .where('id', '=', secretId)
      .execute();
  }

  async delete({ id, organizationId, generation }: Connection): Promise<void> {
    this.#notes.changed({ connectionId: id, generation: generation + 1 });
    await this.#db
      .deleteFrom('connections')
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .execute();
  }

  async #freeSlot(organizationId: string): Promise<number> {
    const rows = await this.#db
      .selectFrom('connections')
      .select('slot')
      .where('organization_id', '=', organizationId)
      .where('slot', 'is not', null)
      .execute();
    const taken = new Set(rows.map(({ slot }) => slot));
    for (let slot = 1; slot <= OAUTH_CONNECTIONS_MAX; slot++) if (!taken.has(slot)) return slot;
    throw new UniquenessError('oauth_slot');
  }

  async #insertSecrets(connectionId: string, secrets: readonly ConnectionSecret[]): Promise<void> {
    const rows = secrets.map((secret) => toSecretRow(connectionId, secret));
    if (rows.length === 0) return;
    await refuseDuplicates(() => this.#db.insertInto('connection_secrets').values(rows).execute());
  }
}
