import { type Kysely, type Selectable, sql } from 'kysely';
import type { Connection, ConnectionSecret } from '../../domain/connections/connection.js';
import { OAUTH_CONNECTIONS_MAX } from '../../domain/connections/connection.js';
import type { ConnectionStore, IdempotentCreate } from '../../domain/connections/connection.store.js';
import { nameKey } from '../../domain/connections/connection-name.js';
import { UniquenessError } from '../../domain/store.js';
import { toConnection, toConnectionRow, toSecretRow } from './connection.rows.js';
import { refuseDuplicates } from './constraints.js';
import type { ConnectionTable, Schema } from './schema.js';

/** A connection that a transaction changed, and the generation that its tokens must be of from now on. */
export interface ConnectionChange {
  readonly connectionId: string;
  readonly generation: number;
}

/** What a transaction is told of what was done with connections in it. */
export interface ConnectionNotes {
  changed(change: ConnectionChange): void;
  /** It was asked for and is not there: perhaps deleted by a change that not everybody was told of. */
  absent?(connectionId: string): void;
}

/** For stores outside a transaction: a change there would be heard of by nobody. */
export const refuseChanges: ConnectionNotes = {
  changed: () => {
    throw new Error('Change connections in a transaction.');
  },
};

export class SqlConnectionStore implements ConnectionStore {
  readonly #db: Kysely<Schema>;
  readonly #notes: ConnectionNotes;

  constructor(db: Kysely<Schema>, notes: ConnectionNotes) {
    this.#db = db;
    this.#notes = notes;
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
          // An unchanged name may have a key of before names with other spaces became the same.
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

  async replaceSecrets(connection: Connection, secret: ConnectionSecret): Promise<void> {
    this.#notes.changed({ connectionId: connection.id, generation: connection.generation });
    await this.#db.deleteFrom('connection_secrets').where('connection_id', '=', connection.id).execute();
    await this.#insertSecrets(connection.id, [secret]);
  }

  async delete({ id, organizationId, generation }: Connection): Promise<void> {
    this.#notes.changed({ connectionId: id, generation: generation + 1 });
    await this.#db
      .deleteFrom('connections')
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .execute();
  }

  async list(organizationId: string): Promise<readonly Connection[]> {
    const rows = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return this.#withSecrets(rows);
  }

  async findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const rows = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .where('id', 'in', askable(ids))
      .execute();
    const found = new Map((await this.#withSecrets(rows)).map((connection) => [connection.id, connection]));
    for (const id of ids) if (!found.has(id)) this.#notes.absent?.(id);
    return ids.map((id) => found.get(id));
  }

  async findByClientIds(clientIds: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const rows = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('client_id', 'in', askable(clientIds))
      .execute();
    const found = new Map((await this.#withSecrets(rows)).map((connection) => [connection.clientId, connection]));
    return clientIds.map((clientId) => found.get(clientId));
  }

  async findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined> {
    const rows = await this.#db
      .selectFrom('connections')
      .innerJoin('connection_secrets', 'connection_secrets.connection_id', 'connections.id')
      .selectAll('connections')
      .where('connection_secrets.digest', 'in', digests)
      .where('authentication_type', '=', 'ACCESS_KEY')
      .execute();
    return (await this.#withSecrets(rows))[0];
  }

  async findIdempotentCreate(organizationId: string, key: string): Promise<IdempotentCreate | undefined> {
    const row = await this.#db
      .selectFrom('idempotent_creates')
      .select(['input_digest', 'connection_id'])
      .where('organization_id', '=', organizationId)
      .where('key', '=', key)
      .executeTakeFirst();
    return row && { key, inputDigest: row.input_digest, connectionId: row.connection_id };
  }

  async insertIdempotentCreate(organizationId: string, create: IdempotentCreate, at: number): Promise<void> {
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

  async sweepIdempotentCreates(before: number): Promise<void> {
    await this.#db.deleteFrom('idempotent_creates').where('created_at', '<', before).execute();
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

  async #withSecrets(rows: readonly Selectable<ConnectionTable>[]): Promise<readonly Connection[]> {
    if (rows.length === 0) return [];
    const secrets = await this.#db
      .selectFrom('connection_secrets')
      .selectAll()
      .where(
        'connection_id',
        'in',
        rows.map(({ id }) => id),
      )
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map((row) => toConnection(row, secrets));
  }
}

/** What a column of ids can hold: PostgreSQL refuses a text with NUL, and a list of nothing is no list. */
function askable(ids: readonly string[]): string[] {
  const possible = [...new Set(ids)].filter((id) => !id.includes('\0'));
  return possible.length > 0 ? possible : [''];
}
