import type { KeyRing } from '../lib/key-ring.js';
import type { SignInStore } from './access/sign-in.store.js';
import type { UsageStore } from './access/usage.store.js';
import type { AuditStore } from './audit/audit.store.js';
import type { BearerStore } from './bearers/bearer.store.js';
import type { ConnectionChanges } from './connections/connection.changes.js';
import type { ConnectionStore } from './connections/connection.store.js';
import type { CallCounter } from './limits/call.counter.js';
import type { OrganizationStore } from './organizations/organization.store.js';
import type { UpstreamCredentialStore } from './tenants/upstream-credential.store.js';
import type { TokenStore } from './tokens/token.store.js';

/** The ports to lasting state, one for each noun. */
export interface Stores {
  readonly organizations: OrganizationStore;
  readonly connections: ConnectionStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly signIns: SignInStore;
  readonly usage: UsageStore;
  readonly upstreamCredentials: UpstreamCredentialStore;
}

/** The lasting state as a whole. */
export interface Database extends Stores {
  /** What this process hears of the changes that any process makes. */
  readonly changes: ConnectionChanges;
  /** The bearers that are shared by whoever asks for them; short-lived, and part of no transaction. */
  readonly bearers: BearerStore;
  /** How often who has called, part of no transaction either. */
  readonly calls: CallCounter;
  /**
   * Runs `work` on one organisation so that all of it lasts or none of it; those of one organisation run one after the
   * other. What it resolves with is durable, synced to disk before the promise resolves, and what it revokes is refused
   * by every process within the revocation bound. Throwing undoes everything and rethrows. Use only the stores that are
   * handed in.
   * @throws DomainError TEMPORARILY_UNAVAILABLE where that cannot be done, or cannot be known to have been done
   */
  transact<T>(organizationId: string, work: (stores: Stores) => Promise<T>): Promise<T>;
  /**
   * Makes sure that the stored state was written with this key ring, though the ring may have lost some of its keys.
   * @throws ForeignKeyRingError with a sentence that says what to do
   */
  verifyKeyRing(keyRing: KeyRing): Promise<void>;
  /** The keys that something stored depends on, by their ids. */
  listKeyUses(): Promise<readonly KeyUse[]>;
  /** How things stand. @throws DomainError TEMPORARILY_UNAVAILABLE where no request could be served */
  checkHealth(): Promise<Health>;
  close(): Promise<void>;
}

/** How much depends on a key of the ring: what cannot be checked, or opened, without it. */
export interface KeyUse {
  readonly kid: string;
  readonly secrets: number;
  readonly tenantCredentials: number;
}

export interface Health {
  /** What cannot be reached though requests are served that do not need it; undefined where all is well. */
  readonly degradedBy: 'database' | 'redis' | undefined;
}

/** What a constraint of the database kept from happening, whoever raced for it. */
export type Uniqueness = 'connection_name' | 'access_key' | 'oauth_slot' | 'client_id' | 'secret';

/** Thrown inside a transaction that a constraint refuses; nothing of the transaction stays. */
export class UniquenessError extends Error {
  readonly uniqueness: Uniqueness;

  constructor(uniqueness: Uniqueness) {
    super(`The constraint "${uniqueness}" refused a change.`);
    this.name = 'UniquenessError';
    this.uniqueness = uniqueness;
  }
}
