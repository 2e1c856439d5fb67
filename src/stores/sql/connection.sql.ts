import type { Kysely, Selectable } from 'kysely';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionReader } from '../../domain/connections/connection.store.js';
import type { ConnectionSource } from '../memory/remembered-connections.js';
import { toConnection } from './connection.rows.js';
import type { ConnectionTable, Schema } from './schema.js';

export class SqlConnectionReader implements ConnectionReader, ConnectionSource {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
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

/** Ids that a query can ask for: PostgreSQL refuses NUL in text, and SQL has no empty `in` list. */
function askable(ids: readonly string[]): string[] {
  const possible = [...new Set(ids)].filter((id) => !id.includes('\0'));
  return possible.length > 0 ? possible : [''];
}
