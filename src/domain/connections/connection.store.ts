import type { Connection, ConnectionSecret } from './connection.js';

/** What a create under an idempotency key did: the connection it made and the digest of the input it was given. */
export interface IdempotentCreate {
  readonly key: string;
  readonly inputDigest: string;
  readonly connectionId: string;
}

/**
 * Connections and their secrets. Every read by id names the organisation, so that another organisation's connection
 * is absent by construction.
 */
export interface ConnectionStore {
  /**
   * Adds a connection with its secrets; an OAuth one takes the lowest free slot of its organisation's fifteen.
   * @throws UniquenessError connection_name, access_key (there is one already), oauth_slot (all are taken), client_id, or
   * secret (another access key is the same)
   */
  insert(connection: Connection): Promise<void>;
  /**
   * Writes name, status, generation, allowedCidrs and updatedAt.
   * @throws UniquenessError connection_name
   */
  update(connection: Connection): Promise<void>;
  /** Puts `secret` in the place of all the connection's secrets. @throws UniquenessError secret */
  replaceSecrets(connection: Connection, secret: ConnectionSecret): Promise<void>;
  /** Removes the connection and its secrets. */
  delete(connection: Connection): Promise<void>;
  /** The organisation's connections, oldest first; at most 16. */
  list(organizationId: string): Promise<readonly Connection[]>;
  /** In the order of `ids`; undefined where absent or another organisation's. */
  findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]>;
  /** In the order of `clientIds`, of whichever organisation: for authenticating, never for showing. */
  findByClientIds(clientIds: readonly string[]): Promise<readonly (Connection | undefined)[]>;
  /** The access key connection that holds a secret with one of these digests. */
  findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined>;
  findIdempotentCreate(organizationId: string, key: string): Promise<IdempotentCreate | undefined>;
  insertIdempotentCreate(organizationId: string, create: IdempotentCreate, at: number): Promise<void>;
  /** Forgets the keys of creates from before this instant. */
  sweepIdempotentCreates(before: number): Promise<void>;
}
