import type { Client } from '../connections/connection.js';
import type { Principal } from '../principal.js';
import type { MintedToken, SharedTokenSource } from './shared-token.source.js';
import type { SharedToken } from './shared-token.store.js';
import type { TokenLookup } from './token.lookup.js';
import type { TokenService } from './token.service.js';

/** Shared tokens of LOCAL organisations: Latchkey's own tokens, which it can look up. */
export class LocalTokens implements SharedTokenSource {
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

  async isLive({ accessToken }: SharedToken): Promise<boolean> {
    return (await this.#lookup.findLive(accessToken)) !== undefined;
  }
}
