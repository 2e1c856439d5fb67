import type { KeyRing } from '../../lib/key-ring.js';
import type { AuditFeed } from '../audit/audit.feed.js';
import type { AuditReader, AuditWriter } from '../audit/audit.store.js';
import type { Changing } from '../change.js';
import type { ConnectionLookup } from '../connections/connection.lookup.js';
import type { ConnectionReader, ConnectionStore } from '../connections/connection.store.js';
import type { IdempotentCreateReader, IdempotentCreateStore } from '../connections/idempotent-create.store.js';
import type { UpstreamCredentialStore, UpstreamCredentialWriter } from '../connections/upstream-credential.store.js';
import type { CallCounter } from '../limits/call.counter.js';
import type { OrganizationStore } from '../organizations/organization.store.js';
import type { SessionStore, SessionWriter } from '../sign-in/session.store.js';
import type { SignInReader, SignInWriter } from '../sign-in/sign-in.store.js';
import type { SharedTokenStore } from '../tokens/shared-token.store.js';
import type { TokenStore, TokenWriter } from '../tokens/token.store.js';
import type { UsageStore } from '../usage/usage.store.js';

/** What a change of one organisation writes, together with its audit event. */
export interface Writers {
  readonly connections: ConnectionStore;
  readonly idempotentCreates: IdempotentCreateStore;
  readonly tokens: TokenWriter;
  readonly signIns: SignInWriter;
  readonly sessions: SessionWriter;
  readonly upstreamCredentials: UpstreamCredentialWriter;
  readonly audit: AuditWriter;
}

/** The whole state: reads, unrecorded writes, and `change` for recorded writes. */
export interface Database extends Changing<Writers> {
  readonly organizations: OrganizationStore;
  readonly connections: ConnectionReader;
  readonly connectionLookup: ConnectionLookup;
  readonly idempotentCreates: IdempotentCreateReader;
  readonly tokens: TokenStore;
  readonly audit: AuditReader;
  readonly auditFeed: AuditFeed;
  readonly signIns: SignInReader;
  readonly sessions: SessionStore;
  readonly usage: UsageStore;
  readonly upstreamCredentials: UpstreamCredentialStore;
  /** The short-lived tokens that all callers of a connection share. */
  readonly sharedTokens: SharedTokenStore;
  /** The counts that limits apply to. */
  readonly calls: CallCounter;
  /**
   * Checks that this key ring wrote the stored state, even where the ring has lost some of its keys.
   * @throws ForeignKeyRingError with a sentence that says what to do
   */
  verifyKeyRing(keyRing: KeyRing): Promise<void>;
  /** The keys that stored data depends on, by their ids. */
  listKeyUses(): Promise<readonly KeyUse[]>;
  /** The health of the stores. @throws DomainError TEMPORARILY_UNAVAILABLE where the gateway can serve no request */
  checkHealth(): Promise<Health>;
  /** How many gateways may have the state open at once: what one counts, or remembers, others have to hear of. */
  readonly gateways: 'one' | 'many';
  /** Copies the state to a new file while the gateway runs; undefined where the store's own tools do so. */
  readonly copyTo: ((path: string) => Promise<void>) | undefined;
  /** What metrics tell of the stores. */
  figures(): StoreFigures;
  close(): Promise<void>;
}

/** How many stored secrets and credentials need a key of the ring to be checked or opened. */
export interface KeyUse {
  readonly kid: string;
  readonly secrets: number;
  readonly tenantCredentials: number;
}

/** Look-ups since the start: those that memory answered, and those that a store had to. */
export interface Lookups {
  readonly hits: number;
  readonly misses: number;
}

/** Figures of the stores as they are now; undefined where a store has nothing of the kind. */
export interface StoreFigures {
  readonly connectionLookups: Lookups;
  readonly tokenLookups: Lookups | undefined;
  /** How long ago this replica last proved that it has missed no revocation. */
  readonly proofAgeMs: number | undefined;
  readonly pool: PoolFigures | undefined;
}

/** Connections to the database, and the callers that wait for one. */
export interface PoolFigures {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

export interface Health {
  /** The unreachable store, while the gateway serves requests that do not need it; undefined where all is well. */
  readonly degradedBy: 'database' | 'redis' | undefined;
}
