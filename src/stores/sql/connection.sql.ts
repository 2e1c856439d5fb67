import type { CompiledQuery, Kysely } from 'kysely';
import type { Connection } from '../../domain/connections/connection.js';
import type { ConnectionReader } from '../../domain/connections/connection.store.js';
import type { ConnectionSource } from '../memory/remembered-connections.js';
import { type JoinedRow, toConnections } from './connection.rows.js';
import type { Schema } from './schema.js';

export class SqlConnectionReader implements ConnectionReader, ConnectionSource {
  readonly #db: Kysely<Schema>;
  /** By how many are asked for. */
  readonly #byClientIds = new Map<number, CompiledQuery<JoinedRow>>();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async list(organizationId: string): Promise<readonly Connection[]> {
    return toConnections(await this.#withSecrets().where('organization_id', '=', organizationId).execute());
  }

  async findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const rows = await this.#withSecrets()
      .where('organization_id', '=', organizationId)
      .where('connections.id', 'in', askable(ids))
      .execute();
    const found = new Map(toConnections(rows).map((connection) => [connection.id, connection]));
    return ids.map((id) => found.get(id));
  }

  async findByClientIds(clientIds: readonly string[]): Promise<readonly (Connection | undefined)[]> {
    const { rows } = await this.#db.executeQuery(this.#queryByClientIds(askable(clientIds)));
    const found = new Map(toConnections(rows).map((connection) => [connection.clientId, connection]));
    return clientIds.map((clientId) => found.get(clientId));
  }

  async findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined> {
    const rows = await this.#withSecrets()
      .where('authentication_type', '=', 'ACCESS_KEY')
      .where('connections.id', 'in', (query) =>
        query.selectFrom('connection_secrets').select('connection_id').where('digest', 'in', digests),
      )
      .execute();
    return toConnections(rows)[0];
  }

  /** Where nothing is remembered every request asks this, and compiling it costs more than asking it. */
  #queryByClientIds(clientIds: readonly string[]): CompiledQuery<JoinedRow> {
    let query = this.#byClientIds.get(clientIds.length);
    if (query === undefined) {
      query = this.#withSecrets().where('client_id', 'in', clientIds).compile();
      this.#byClientIds.set(clientIds.length, query);
    }
    return { ...query, parameters: clientIds };
  }

  /** Connections with their secrets, oldest connection and newest secret first. */
  #withSecrets() {
    return this.#db
      .selectFrom('connections')
      .leftJoin('connection_secrets as secret', 'secret.connection_id', 'connections.id')
      .selectAll('connections')
      .select(SECRET_COLUMNS)
      .orderBy('connections.created_at')
      .orderBy('connections.id')
      .orderBy('secret.created_at', 'desc')
      .$castTo<JoinedRow>();
  }
}

const SECRET_COLUMNS = [
  'secret.id as secret_id',
  'secret.connection_id as secret_connection_id',
  'secret.state as secret_state',
  'secret.digest as secret_digest',
  'secret.digest_kid as secret_digest_kid',
  'secret.prefix as secret_prefix',
  'secret.last4 as secret_last4',
  'secret.created_at as secret_created_at',
  'secret.expires_at as secret_expires_at',
  'secret.last_used_at as secret_last_used_at',
] as const;

/** Ids that a query can ask for: PostgreSQL refuses NUL in text, and SQL has no empty `in` list. */
function askable(ids: readonly string[]): string[] {
  const possible = [...new Set(ids)].filter((id) => !id.includes('\0'));
  return possible.length > 0 ? possible : [''];
}
