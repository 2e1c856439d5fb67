import type { AuthenticationType, Connection, ConnectionSecret } from './connection.js';

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
   * Another number after each transaction, since it may have changed a connection (changes go through no other way): what was read under one revision holds while it is the
   * store's. Undefined where the store cannot know without being asked; then nothing that was read may be kept.
   */
  readonly revision: number | undefined;
  /**
   * Adds a connection with its secrets; an OAuth one takes the lowest free slot of its organisation's fifteen.
   * @throws UniquenessError connection_name, access_key (there is one already) or oauth_slot (all are taken)
   */
  insert(connection: Connection): Promise<void>;
  /**
   * Writes name, status, generation and updatedAt.
   * @throws UniquenessError connection_name
   */
  update(connection: Connection): Promise<void>;
  /** Puts `secret` in the place of all the connection's secrets. */
  replaceSecrets(connection: Connection, secret: ConnectionSecret): Promise<void>;
  /** Removes the connection and its secrets. */
  delete(connection: Connection): Promise<void>;
  /** The organisation's connections, oldest first; at most 16. */
  list(organizationId: string, authenticationType?: AuthenticationType): Promise<readonly Connection[]>;
  /** In the order of `ids`; undefined where absent or another organisation's. */
  findMany(organizationId: string, ids: readonly string[]): Promise<readonly (Connection | undefined)[]>;
  /** In the order of `clientIds`, of whichever organisation: for authenticating, never for showing. */
  findByClientIds(clientIds: readonly string[]): Promise<readonly (Connection | undefined)[]>;
  /** The access key connection that holds a secret with one of these digests. */
  findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined>;
  findIdempotentCreate(organizationId: string, key: string): Promise<IdempotentCreate | undefined>;
  insertIdempotentCreate(organizationId: string, create: IdempotentCreate, at: number): Promise<void>;
}
