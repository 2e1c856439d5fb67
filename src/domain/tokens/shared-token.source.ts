import type { Secret } from '../../lib/secrets.js';
import type { Client } from '../connections/connection.js';
import type { Principal } from '../principal.js';
import type { SharedToken } from './shared-token.store.js';

/** A token as its issuer gave it. Instants are epoch milliseconds. */
export interface MintedToken {
  readonly accessToken: Secret;
  /** When it was asked for. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Where the shared tokens of a connection come from: Latchkey itself, or the tenant of its organisation. */
export interface SharedTokenSource {
  /** How long minting may take; a holder of the lease that takes longer is taken for dead. */
  readonly leaseMs: number;
  /** A new token, asked for by `principal`. @throws DomainError */
  mint(principal: Principal, connection: Client): Promise<MintedToken>;
  /** Whether it has not been revoked, as far as Latchkey can know. */
  isLive(token: SharedToken): boolean | Promise<boolean>;
}
