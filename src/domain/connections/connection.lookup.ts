import type { Connection } from './connection.js';

/**
 * Finds connections in order to prove and to serve machines. What it gives may be remembered, for no longer than any
 * revocation may take to be known: a secret that was refused, or a connection that was disabled, longer ago is not served.
 */
export interface ConnectionLookup {
  /** Of whichever organisation. */
  findByClientId(clientId: string): Promise<Connection | undefined>;
  /** The one that holds a secret with one of these digests, so far as is known: whether it does is the caller's to check. */
  findByAccessKeyDigests(digests: readonly string[]): Promise<Connection | undefined>;
  /** Undefined where absent or another organisation's. */
  findById(organizationId: string, id: string): Promise<Connection | undefined>;
  /** Whether memory proves that looking `connection` up again would come to the same; false where it has to be asked. */
  isCurrent(connection: Connection): boolean;
}
