import type { Connection } from './connection.js';

/**
 * Finds connections to authenticate and serve machines. A lookup may remember a connection for no longer than the
 * revocation bound: a secret or connection that ended longer ago is not served.
 */
export interface ConnectionLookup {
  /** Of whichever organisation. */
  findByClientId(clientId: string): Promise<Connection | undefined>;
  /** The connection that seems to hold a secret with one of these digests; the caller checks that it does. */
  findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined>;
  /** Undefined for an absent connection and for another organisation's. */
  findById(organizationId: string, id: string): Promise<Connection | undefined>;
  /** Whether memory alone proves that a new look-up would find the same `connection`. */
  isCurrent(connection: Connection): boolean;
}
