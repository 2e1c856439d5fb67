import type { Clock } from '../../lib/clock.js';
import { Secret } from '../../lib/secrets.js';
import type { UsageRecorder } from '../access/usage.recorder.js';
import type { TokenLookup } from '../tokens/token.lookup.js';

/** What is known of a token that lives. Instants are epoch milliseconds. */
export interface ActiveToken {
  readonly active: true;
  readonly clientId: string;
  readonly connectionId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Nothing but "no": unknown, expired, revoked, malformed and foreign tokens cannot be told apart (RFC 7662, 2.2). */
export type Introspection = ActiveToken | { readonly active: false };

const INACTIVE: Introspection = { active: false };

export class IntrospectionService {
  readonly #tokens: TokenLookup;
  readonly #usage: UsageRecorder;
  readonly #clock: Clock;

  constructor(parts: { tokens: TokenLookup; usage: UsageRecorder; clock: Clock }) {
    this.#tokens = parts.tokens;
    this.#usage = parts.usage;
    this.#clock = parts.clock;
  }

  /** Says whether `presented` is a live token of the caller's organisation, and if so what is known of it. */
  async introspect(organizationId: string, presented: string): Promise<Introspection> {
    const found = await this.#tokens.findLive(new Secret(presented));
    if (found === undefined) return INACTIVE;
    // Another organisation's token is no token here: RFC 7662 section 4 warns of scanning.
    if (found.token.organizationId !== organizationId) return INACTIVE;
    const { id, connectionId, issuedAt, expiresAt } = found.token;
    this.#usage.tokenUsed(id, connectionId, this.#clock.now());
    return { active: true, clientId: found.connection.clientId, connectionId, issuedAt, expiresAt };
  }
}
