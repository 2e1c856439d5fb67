import type { Kysely, Selectable } from 'kysely';
import type { AuthenticationType, Connection, ConnectionSecret } from '../../domain/connections/connection.js';
import { OAUTH_CONNECTIONS_MAX } from '../../domain/connections/connection.js';
import type { ConnectionStore, IdempotentCreate } from '../../domain/connections/connection.store.js';
import { nameKey } from '../../domain/connections/connection-name.js';
import { UniquenessError } from '../../domain/store.js';
import { toConnection, toConnectionRow, toSecretRow } from './connection.rows.js';
import { refuseDuplicates } from './constraints.js';
import type { ConnectionTable, Schema } from './schema.js';

export class SqlConnectionStore implements ConnectionStore {
  readonly #db: Kysely<Schema>;
  readonly #currentRevision: () => number;

  /** `currentRevision` is of the database as a whole: any transaction may have changed a connection. */
  constructor(db: Kysely<Schema>, currentRevision: () => number) {
    this.#db = db;
    this.#currentRevision = currentRevision;
  }

  get revision(): number {
    return this.#currentRevision();
  }

  async insert(connection: Connection): Promise<void> {
    const slot = connection.authenticationType === 'OAUTH' ? await this.#freeSlot(connection.organizationId) : null;
    await refuseDuplicates(() =>
      this.#db.insertInto('connections').values(toConnectionRow(connection, slot)).execute(),
    );
    await this.#insertSecrets(connection.id, connection.secrets);
  }

  async update(connection: Connection): Promise<void> {
    const { name, status, generation, updatedAt } = connection;
    await refuseDuplicates(() =>
      this.#db
        .updateTable('connections')
        .set({ name, name_key: nameKey(name), status, generation, updated_at: updatedAt })
        .where('organization_id', '=', connection.organizationId)
        .where('id', '=', connection.id)
        .execute(),
    );
  }

  async replaceSecrets(connection: Connection, secret: ConnectionSecret): Promise<void> {
    await this.#db.deleteFrom('connection_secrets').where('connection_id', '=', connection.id).execute();
    await this.#insertSecrets(connection.id, [secret]);
  }

  async delete({ id, organizationId }: Connection): Promise<void> {
    await this.#db
      .deleteFrom('connections')
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .execute();
  }

  async list(organizationId: string, authenticationType?: AuthenticationType): Promise<readonly Connection[]> {
    const rows = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('organization_id', '=', organizationId)
      .$if(authenticationType !== undefined, (query) =>
        query.where('authentication_type', '=', authenticationType as AuthenticationType),
      )
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
      .where('id', 'in', [...new Set(ids)])
      .execute();
    const found = new Map((await this.#withSecrets(rows)).map((connection) => [connection.id, connection]));
    return ids.map((id) => found.get(id));
  }

  async findByClientIds(clientIds: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const rows = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('client_id', 'in', [...new Set(clientIds)])
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
    if (rows.length > 0) await this.#db.insertInto('connection_secrets').values(rows).execute();
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
