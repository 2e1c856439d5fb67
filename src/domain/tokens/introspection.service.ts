import type { Clock } from '../../lib/clock.js';
import { Secret } from '../../lib/secrets.js';
import type { UsageRecorder } from '../usage/usage.recorder.js';
import type { AccessToken } from './access-token.js';
import type { TokenLookup } from './token.lookup.js';
import type { UpstreamIntrospection, UpstreamToken } from './upstream-introspection.js';

/**
 * What is known of a token that lives, and nothing but "no" otherwise: unknown, expired, revoked, malformed and foreign
 * tokens cannot be told apart (RFC 7662 section 2.2).
 */
export type Introspection =
  | { readonly active: true; readonly token: AccessToken | UpstreamToken }
  | { readonly active: false };

/** Whether Latchkey issued the token, so that it can tell without asking anybody when it dies. */
export function isIssuedHere(token: AccessToken | UpstreamToken): token is AccessToken {
  return 'digest' in token;
}

const INACTIVE: Introspection = { active: false };

export class IntrospectionService {
  readonly #tokens: TokenLookup;
  readonly #upstream: UpstreamIntrospection;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: { tokens: TokenLookup; upstream: UpstreamIntrospection; usage: UsageRecorder; clock: Clock }) {
    this.#tokens = parts.tokens;
    this.#upstream = parts.upstream;
    this.#usage = parts.usage;
    this.#clock = parts.clock;
  }

  /**
   * Says whether `presented` is a live token of the caller's organisation, and if so what is known of it. What is not ours
   * may be its tenant's, which is asked in the name of the calling client, `clientId`, where one calls.
   * @throws DomainError TEMPORARILY_UNAVAILABLE, UPSTREAM_REFUSED where that cannot be told
   */
  async introspect(organizationId: string, presented: string, clientId?: string): Promise<Introspection> {
    const token = await this.#tokens.findLive(new Secret(presented));
    if (token === undefined) {
      const theirs = await this.#upstream.introspect(organizationId, presented, clientId);
      return theirs === undefined ? INACTIVE : { active: true, token: theirs };
    }
    // Another organisation's token is no token here: RFC 7662 section 4 warns of scanning.
    if (token.organizationId !== organizationId) return INACTIVE;
    this.#noteUse(token);
    return { active: true, token };
  }

  /** Whether introspecting a token again would find it live; false where that is not known without asking. */
  isStillActive(token: AccessToken): boolean {
    if (!this.#tokens.isStillLive(token)) return false;
    this.#noteUse(token);
    return true;
  }

  #noteUse({ id, connectionId }: AccessToken): void {
    this.#usage.tokenUsed(id, connectionId, this.#clock.now());
  }
}
