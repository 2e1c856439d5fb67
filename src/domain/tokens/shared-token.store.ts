import type { Secret } from '../../lib/secrets.js';

/** A token that Latchkey holds for whoever may ask for its connection's. Instants are epoch milliseconds. */
export interface SharedToken {
  readonly accessToken: Secret;
  /** The connection's generation when it was minted: a later one has killed it. */
  readonly generation: number;
  /** When it was asked for: with its end it tells how long it lives. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The lease that it was minted under: grows from shared token to shared token of a connection. */
  readonly fence: number;
}

/** What came of asking: a shared token that is kept, the lease to mint the next one, or word that somebody else has it. */
export type Acquired =
  | { readonly kept: SharedToken }
  | { readonly leasedFence: number }
  | {
      /** How long the lease of whoever has it can last at most. */
      readonly heldForMs: number;
    };

/**
 * Keeps one shared token for each connection, the same for every replica. Of all who find it wanting, one at a time is given
 * the lease to mint another. A lease ends by itself, so that a killed holder holds nobody up; its fence keeps a holder
 * that was merely late from overwriting what came after.
 */
export interface SharedTokenStore {
  /**
   * The connection's shared token where one is kept whose fence is not `wantingFence`, the one that the caller has found
   * wanting; else the lease, for `leaseMs`, where nobody has it.
   */
  acquire(connectionId: string, wantingFence: number | undefined, leaseMs: number): Promise<Acquired>;
  /** Keeps what was minted under a lease. False, with nothing changed, where a later lease was given since. */
  keep(connectionId: string, token: SharedToken): Promise<boolean>;
  /** Gives a lease back whose holder could not mint. */
  release(connectionId: string, fence: number): Promise<void>;
}
