import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import type { AccessToken } from './access-token.js';
import type { TokenStore } from './token.store.js';

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

  /** Whether memory alone proves that a found token is still live. */
  isStillLive(token: AccessToken): boolean {
    return token.expiresAt > this.#clock.now() && this.#tokens.isCurrent(token);
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
