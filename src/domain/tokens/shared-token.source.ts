import type { Secret } from '../../lib/secrets.js';
import type { Client } from '../connections/connection.js';
import type { Principal } from '../principal.js';
import type { SharedToken } from './shared-token.store.js';

/** A token as its issuer gave it. Instants are epoch milliseconds. */
export interface MintedToken {
  readonly accessToken: Secret;
  /** When Latchkey asked for the token. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The issuer of a connection's shared tokens: Latchkey itself, or the organisation's tenant. */
export interface SharedTokenSource {
  /** How long minting may take; a slower holder of the lease counts as dead. */
  readonly leaseMs: number;
  /** Mints a new token in the name of `principal`. @throws DomainError */
  mint(principal: Principal, connection: Client): Promise<MintedToken>;
  /** Whether the token is unrevoked, as far as Latchkey can know. */
  isLive(token: SharedToken): boolean | Promise<boolean>;
}
