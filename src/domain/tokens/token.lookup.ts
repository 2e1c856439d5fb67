import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import type { AccessToken } from './access-token.js';
import type { TokenStore } from './token.store.js';

/** What memory alone proves of a presented text. */
export interface RecalledToken {
  /** Null: no store has a token under any of the digests. */
  readonly token: AccessToken | null;
  readonly digests: readonly string[];
}

/** Finds tokens by the presented text. */
export class TokenLookup {
  readonly #tokens: TokenStore;
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;

  constructor(tokens: TokenStore, keyRing: KeyRing, clock: Clock) {
    this.#tokens = tokens;
    this.#keyRing = keyRing;
    this.#clock = clock;
  }

  /** Memory's answer to findLive; undefined where memory cannot tell. */
  recall(presented: Secret): RecalledToken | undefined {
    const text = presented.reveal();
    if (!isWellFormedSecret('accessToken', text)) return undefined;
    const digests = this.#keyRing.digests('access-token-digest', text);
    for (const digest of digests) {
      const token = this.#tokens.recall(digest);
      if (token === undefined) return undefined;
      if (token !== null) return token.expiresAt > this.#clock.now() ? { token, digests: [digest] } : undefined;
    }
    return { token: null, digests };
  }

  /** Whether memory would still give the same answer. */
  isCurrent({ token, digests }: RecalledToken): boolean {
    if (token !== null && token.expiresAt <= this.#clock.now()) return false;
    for (const digest of digests) if (this.#tokens.recall(digest) !== token) return false;
    return true;
  }

  /** The live token; undefined where it is malformed, unknown, expired or revoked. */
  async findLive(presented: Secret): Promise<AccessToken | undefined> {
    const text = presented.reveal();
    if (!isWellFormedSecret('accessToken', text)) return undefined;
    for (const digest of this.#keyRing.digests('access-token-digest', text)) {
      const token = await this.#tokens.find(digest);
      if (token !== undefined) return token.expiresAt > this.#clock.now() ? token : undefined;
    }
    return undefined;
  }
}
