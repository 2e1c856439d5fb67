import type { AuthenticationType } from './connection.js';

/** A connection's sealed secret, and the organisation and kind that it is sealed for. */
export interface SealedCredential {
  readonly connectionId: string;
  readonly organizationId: string;
  readonly authenticationType: AuthenticationType;
  readonly sealed: string;
}

/**
 * The secrets that tenants made for connections, sealed by the key ring: one for each connection of an UPSTREAM
 * organisation. Deleted with its connection.
 */
export interface UpstreamCredentialStore {
  find(connectionId: string): Promise<string | undefined>;
  /** Some of those that another key than `kid` seals, in the order of their connections' ids, behind `after`. */
  listSealedOtherwise(kid: string, after: string, limit: number): Promise<readonly SealedCredential[]>;
  /** Puts `next` in the place of `sealed`; false, with nothing changed, where another is there by now. */
  replace(connectionId: string, sealed: string, next: string): Promise<boolean>;
}

/** Links what a tenant made, in the change that records it. */
export interface UpstreamCredentialWriter {
  /** Keeps the sealed secret of a connection, in the place of the one before, if any. */
  save(connectionId: string, sealed: string): Promise<void>;
}
