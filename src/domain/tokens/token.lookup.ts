import { createBatcher } from '../../lib/batch.js';
import type { Clock } from '../../lib/clock.js';
import type { KeyRing } from '../../lib/key-ring.js';
import { isWellFormedSecret, type Secret } from '../../lib/secrets.js';
import { type FoundToken, isLive } from './access-token.js';
import type { TokenStore } from './token.store.js';

/** A token that nothing speaks against, with the connection that it lives by. */
export type LiveToken = Required<{ [Part in keyof FoundToken]: NonNullable<FoundToken[Part]> }>;

/** Finds tokens by what was presented. All look-ups of the process in one turn of the event loop are one query. */
export class TokenLookup {
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;
  readonly #find: (digest: string) => Promise<FoundToken | undefined>;

  constructor(tokens: TokenStore, keyRing: KeyRing, clock: Clock) {
    this.#keyRing = keyRing;
    this.#clock = clock;
    this.#find = createBatcher((digests) => tokens.find(digests));
  }

  /** The token, if it is live now; undefined where it is malformed, unknown, expired, revoked or its connection's off. */
  async findLive(presented: Secret): Promise<LiveToken | undefined> {
    const text = presented.reveal();
    if (!isWellFormedSecret('accessToken', text)) return undefined;
    for (const digest of this.#keyRing.digests('access-token-digest', text)) {
      const found = await this.#find(digest);
      if (found?.connection !== undefined && isLive(found, this.#clock.now())) {
        return { token: found.token, connection: found.connection };
      }
    }
    return undefined;
  }
}
