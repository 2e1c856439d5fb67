import type { Secret } from '../../lib/secrets.js';

/** A token that Latchkey holds for all callers of a connection. Instants are epoch milliseconds. */
export interface SharedToken {
  readonly accessToken: Secret;
  /** The connection's generation at the minting: a later generation revokes the token. */
  readonly generation: number;
  /** When Latchkey asked for the token; with `expiresAt`, the token's lifetime. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The lease of the minting; grows from shared token to shared token of a connection. */
  readonly fence: number;
}

/** The outcome of `acquire`: the kept shared token, the lease to mint the next one, or the wait for another holder. */
export type Acquired =
  | { readonly kept: SharedToken }
  | { readonly leasedFence: number }
  | {
      /** The longest that the holder's lease can last. */
      readonly heldForMs: number;
    };

/**
 * Keeps one shared token for each connection, the same for every replica. Of all callers who reject the kept token, one
 * at a time gets the lease to mint another. A lease ends by itself, so a killed holder holds nobody up; its fence keeps
 * a late holder from overwriting a later token.
 */
export interface SharedTokenStore {
  /**
   * The kept token, unless the caller rejects its fence, `wantingFence`; else the lease, for `leaseMs`, where it is
   * free.
   */
  acquire(connectionId: string, wantingFence: number | undefined, leaseMs: number): Promise<Acquired>;
  /** Keeps a token minted under a lease. False, with nothing changed, where the store has given a later lease. */
  keep(connectionId: string, token: SharedToken): Promise<boolean>;
  /** Returns the lease of a holder that could not mint. */
  release(connectionId: string, fence: number): Promise<void>;
}
