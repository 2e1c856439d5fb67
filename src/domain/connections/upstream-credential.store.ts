import type { AuthenticationType } from './connection.js';

/** A connection's sealed secret, with the organisation and kind that the seal binds. */
export interface SealedCredential {
  readonly connectionId: string;
  readonly organizationId: string;
  readonly authenticationType: AuthenticationType;
  readonly sealed: string;
}

/**
 * The secrets that tenants made, sealed by the key ring: one for each connection of an UPSTREAM organisation, deleted
 * with the connection.
 */
export interface UpstreamCredentialStore {
  find(connectionId: string): Promise<string | undefined>;
  /** At most `limit` secrets sealed by another key than `kid`, by connection id, after the id `after`. */
  listSealedOtherwise(kid: string, after: string, limit: number): Promise<readonly SealedCredential[]>;
  /** Replaces `sealed` with `next`; false, with nothing changed, where the store holds another secret by now. */
  replace(connectionId: string, sealed: string, next: string): Promise<boolean>;
}

/** Links a tenant's secret, in the transaction that records the link. */
export interface UpstreamCredentialWriter {
  /** Stores the sealed secret of a connection, in place of an earlier one. */
  save(connectionId: string, sealed: string): Promise<void>;
}
