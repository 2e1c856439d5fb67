import { type Kysely, sql } from 'kysely';
import type { Connection } from '../../domain/connections/connection.js';
import { OAUTH_CONNECTIONS_MAX } from '../../domain/connections/connection.js';
import type { ConnectionStore } from '../../domain/connections/connection.store.js';
import { nameKey } from '../../domain/connections/connection-name.js';
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
    const slot = connection.authenticationType === 'OAUTH' ? lowestFreeSlot(connection.organizationId) : null;
    const row = { ...toConnectionRow(connection), slot };
    await refuseDuplicates(() => this.#db.insertInto('connections').values(row).execute());
    if (connection.secrets.length > 0) await this.#insertSecrets(connection);
  }

  async update(connection: Connection): Promise<void> {
    this.noteChange(connection);
    await refuseDuplicates(() => this.updateOf(connection).execute());
  }

  async replaceSecrets(connection: Connection): Promise<void> {
    await this.update(connection);
    await this.#db.deleteFrom('connection_secrets').where('connection_id', '=', connection.id).execute();
    await this.#insertSecrets(connection);
  }

  async delete({ id, organizationId, generation }: Connection): Promise<void> {
    this.#notes.changed({ connectionId: id, generation: generation + 1 });
    await this.#db
      .deleteFrom('connections')
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .execute();
  }

  protected noteChange({ id: connectionId, generation }: Connection): void {
    this.#notes.changed({ connectionId, generation });
  }

  protected updateOf({ id, organizationId, name, status, generation, allowedCidrs, updatedAt }: Connection) {
    return this.#db
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
      .where('organization_id', '=', organizationId)
      .where('id', '=', id);
  }

  async #insertSecrets({ id, secrets }: Connection): Promise<void> {
    const rows = secrets.map((secret) => toSecretRow(id, secret));
    await refuseDuplicates(() => this.#db.insertInto('connection_secrets').values(rows).execute());
  }
}

const SLOTS = sql.join(
  Array.from({ length: OAUTH_CONNECTIONS_MAX }, (_, index) => sql.lit(index + 1)).map((slot) => sql`(${slot})`),
);

/** The lowest free slot; null where none is free, which the table's check refuses before any index is asked. */
function lowestFreeSlot(organizationId: string) {
  return sql<number>`(
    select min(column1) from (values ${SLOTS}) as slots
    where column1 not in (select slot from connections where organization_id = ${organizationId} and slot is not null)
  )`;
}
