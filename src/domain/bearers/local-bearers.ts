import type { Client } from '../connections/connection.js';
import type { Principal } from '../principal.js';
import type { TokenLookup } from '../tokens/token.lookup.js';
import type { TokenService } from '../tokens/token.service.js';
import type { BearerSource, MintedToken } from './bearer.source.js';
import type { Bearer } from './bearer.store.js';

/** Bearers of LOCAL organisations: tokens of Latchkey's own, which it can look up. */
export class LocalBearers implements BearerSource {
  /** Minting takes milliseconds. */
  readonly leaseMs = 5_000;
  readonly #tokens: TokenService;
  readonly #lookup: TokenLookup;

  constructor(tokens: TokenService, lookup: TokenLookup) {
    this.#tokens = tokens;
    this.#lookup = lookup;
  }

  async mint(principal: Principal, connection: Client): Promise<MintedToken> {
    const { accessToken, token } = await this.#tokens.issueFor(principal, connection);
    return { accessToken, issuedAt: token.issuedAt, expiresAt: token.expiresAt };
  }

  async isLive({ accessToken }: Bearer): Promise<boolean> {
    return (await this.#lookup.findLive(accessToken)) !== undefined;
  }
}
