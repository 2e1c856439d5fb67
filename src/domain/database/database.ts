import type { KeyRing } from '../../lib/key-ring.js';
import type { AuditReader, AuditWriter } from '../audit/audit.store.js';
import type { Changing } from '../change.js';
import type { ConnectionLookup } from '../connections/connection.lookup.js';
import type { ConnectionReader, ConnectionStore } from '../connections/connection.store.js';
import type { IdempotentCreateReader, IdempotentCreateStore } from '../connections/idempotent-create.store.js';
import type { UpstreamCredentialStore, UpstreamCredentialWriter } from '../connections/upstream-credential.store.js';
import type { CallCounter } from '../limits/call.counter.js';
import type { OrganizationStore } from '../organizations/organization.store.js';
import type { SignInReader, SignInWriter } from '../sign-in/sign-in.store.js';
import type { SharedTokenStore } from '../tokens/shared-token.store.js';
import type { TokenStore, TokenWriter } from '../tokens/token.store.js';
import type { UsageStore } from '../usage/usage.store.js';

/** What is written by a change of one organisation, with the event that records it. */
export interface Writers {
  readonly connections: ConnectionStore;
  readonly idempotentCreates: IdempotentCreateStore;
  readonly tokens: TokenWriter;
  readonly signIns: SignInWriter;
  readonly upstreamCredentials: UpstreamCredentialWriter;
  readonly audit: AuditWriter;
}

/** The state as a whole: what is read, what is written without being recorded, and `change` for the rest. */
export interface Database extends Changing<Writers> {
  readonly organizations: OrganizationStore;
  readonly connections: ConnectionReader;
  readonly connectionLookup: ConnectionLookup;
  readonly idempotentCreates: IdempotentCreateReader;
  readonly tokens: TokenStore;
  readonly audit: AuditReader;
  readonly signIns: SignInReader;
  readonly usage: UsageStore;
  readonly upstreamCredentials: UpstreamCredentialStore;
  /** The tokens that are shared by whoever asks for them; short-lived. */
  readonly sharedTokens: SharedTokenStore;
  /** How often who has called. */
  readonly calls: CallCounter;
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
