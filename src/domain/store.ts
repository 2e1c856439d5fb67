import type { SignInStore } from './access/sign-in.store.js';
import type { UsageStore } from './access/usage.store.js';
import type { AuditStore } from './audit/audit.store.js';
import type { ConnectionStore } from './connections/connection.store.js';
import type { OrganizationStore } from './organizations/organization.store.js';
import type { TokenStore } from './tokens/token.store.js';

/** The ports to lasting state, one for each noun. */
export interface Stores {
  readonly organizations: OrganizationStore;
  readonly connections: ConnectionStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly signIns: SignInStore;
  readonly usage: UsageStore;
}

/** The lasting state as a whole. */
export interface Database extends Stores {
  /**
   * Runs `work` so that all of it lasts or none of it. What it resolves with is durable: synced to disk before the
   * promise resolves. Throwing undoes everything and rethrows. Use only the stores that are handed in.
   */
  transact<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
  /** Resolves where the database answers. @throws DomainError TEMPORARILY_UNAVAILABLE where it does not */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What a constraint of the database kept from happening, whoever raced for it. */
export type Uniqueness = 'connection_name' | 'access_key' | 'oauth_slot';

/** Thrown inside a transaction that a constraint refuses; nothing of the transaction stays. */
export class UniquenessError extends Error {
  readonly uniqueness: Uniqueness;

  constructor(uniqueness: Uniqueness) {
    super(`The constraint "${uniqueness}" refused a change.`);
    this.name = 'UniquenessError';
    this.uniqueness = uniqueness;
  }
}
