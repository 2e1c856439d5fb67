import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessToken } from './access-token.js';

/**
 * Refuses a token before its expiry, or every token of a connection with a generation below `generation`. A revocation
 * matters until `expiresAt` (epoch milliseconds), when every token that it refuses has expired.
 */
export type Revocation =
  | { readonly tokenId: string; readonly expiresAt: number }
  | { readonly connectionId: string; readonly generation: number; readonly expiresAt: number };

/** The replicas' clocks may differ by this much before a revocation ends earlier than its last token. */
const CLOCK_SKEW_MS = 3_600_000;

export function tokenRevocation({ id, expiresAt }: Pick<AccessToken, 'id' | 'expiresAt'>): Revocation {
  return { tokenId: id, expiresAt: expiresAt + CLOCK_SKEW_MS };
}

/** Refuses the tokens of generations before `generation`. */
export function connectionRevocation(connectionId: string, generation: number, now: number): Revocation {
  return { connectionId, generation, expiresAt: now + ACCESS_TOKEN_LIFETIME_SECONDS * 1000 + CLOCK_SKEW_MS };
}

/**
 * All revocations that a process knows. The set only grows, except for expired revocations, so the order and the number
 * of additions do not matter: a refused token stays refused.
 */
export class Revocations {
  readonly #generations = new Map<string, { generation: number; expiresAt: number }>();
  readonly #tokens = new Map<string, number>();

  add(revocation: Revocation): void {
    if ('tokenId' in revocation) {
      this.#tokens.set(revocation.tokenId, revocation.expiresAt);
      return;
    }
    const { connectionId, generation, expiresAt } = revocation;
    const known = this.#generations.get(connectionId);
    if (known === undefined || known.generation <= generation) {
      this.#generations.set(connectionId, { generation, expiresAt });
    }
  }

  isRevoked({ id, connectionId, generation }: Pick<AccessToken, 'id' | 'connectionId' | 'generation'>): boolean {
    if (this.#tokens.size > 0 && this.#tokens.has(id)) return true;
    const revoked = this.#generations.get(connectionId);
    return revoked !== undefined && generation < revoked.generation;
  }

  /** Drops the revocations that have expired at `now`; their tokens have expired too. */
  forgetExpired(now: number): void {
    for (const [id, expiresAt] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(id);
    for (const [id, { expiresAt }] of this.#generations) if (expiresAt <= now) this.#generations.delete(id);
  }
}
