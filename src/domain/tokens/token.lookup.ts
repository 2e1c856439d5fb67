import { createBatcher } from '../../lib/batch.js';
import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import { endOfTurn } from '../../lib/turn.js';
import type { AccessToken } from './access-token.js';
import type { TokenStore } from './token.store.js';

/** Finds tokens by what was presented. All look-ups of the process in one turn of the event loop are one query. */
export class TokenLookup {
  readonly #tokens: TokenStore;
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;
  readonly #find: (digest: string) => Promise<AccessToken | undefined>;

  constructor(tokens: TokenStore, keyRing: KeyRing, clock: Clock) {
    this.#tokens = tokens;
    this.#keyRing = keyRing;
    this.#clock = clock;
    this.#find = createBatcher((digests) => tokens.find(digests));
  }

  /** Whether a token that was found before is live still, as far as memory alone can prove it: false where it cannot. */
  isStillLive(token: AccessToken): boolean {
    return token.expiresAt > this.#clock.now() && this.#tokens.recall(token.digest) !== undefined;
  }

  /** The token, if it is live now; undefined where it is malformed, unknown, expired or revoked. */
  async findLive(presented: Secret): Promise<AccessToken | undefined> {
    const text = presented.reveal();
    if (!isWellFormedSecret('accessToken', text)) return undefined;
    for (const digest of this.#keyRing.digests('access-token-digest', text)) {
      const remembered = this.#tokens.recall(digest);
      // What has to be looked up is answered at the end of the turn as well.
      if (remembered !== undefined) await endOfTurn();
      const token = remembered ?? (await this.#find(digest));
      if (token !== undefined) return token.expiresAt > this.#clock.now() ? token : undefined;
    }
    return undefined;
  }
}
