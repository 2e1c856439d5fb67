import type { Connection, ConnectionSecret } from './connection.js';

/**
 * Connections and their secrets, as admins see them. Every read by id names the organisation, so another organisation's
 * connection is absent by construction.
 */
export interface ConnectionReader {
  /** The organisation's connections, oldest first; at most 16. */
  list(organizationId: string): Promise<readonly Connection[]>;
  /** In the order of `ids`; undefined for an absent connection and for another organisation's. */
  findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]>;
}

/** Changes connections. Only a `change` of the database hands out a store. */
export interface ConnectionStore extends ConnectionReader {
  /**
   * Adds a connection with its secrets; an OAuth connection takes the lowest free slot of its organisation's fifteen.
   * @throws UniquenessError connection_name, access_key (the organisation has one already), oauth_slot (no slot is
   * free), client_id, or secret (another access key is the same)
   */
  insert(connection: Connection): Promise<void>;
  /**
   * Writes name, status, generation, allowedCidrs and updatedAt.
   * @throws UniquenessError connection_name
   */
  update(connection: Connection): Promise<void>;
  /**
   * Writes generation and updatedAt as `update` does, and refuses the connection's secrets from now on but for its one
   * new secret. @throws UniquenessError secret
   */
  replaceSecrets(connection: Connection & { readonly secrets: readonly [ConnectionSecret] }): Promise<void>;
  /** Removes the connection and its secrets. */
  delete(connection: Connection): Promise<void>;
}
