import { z } from 'zod';
import type { Clock } from '../../lib/clock.js';
import type { KeyPurpose, KeyRing } from '../../lib/key-ring.js';
import { equalDigests, Secret } from '../../lib/secrets.js';
import { USER_ROLES } from '../principal.js';

const claims = z.object({
  /** The ring's key that signed. */
  kid: z.string(),
  /** Makes each one different, and a sign-in link usable once. */
  id: z.string(),
  subject: z.string(),
  role: z.enum(USER_ROLES),
  organizationId: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
});

/** What a bearer of ours says of a user. Whoever holds it is that user until it expires. */
export type Claims = z.infer<typeof claims>;

/**
 * Texts of our own making that prove themselves: `<prefix><claims as base64url JSON>.<HMAC-SHA-256 as base64url>`.
 * No algorithm is named inside, so none can be chosen by whoever presents one; each purpose has a key of its own,
 * so a sign-in code is no bearer.
 */
export class ClaimsSigner {
  readonly #keyRing: KeyRing;
  readonly #clock: Clock;
  readonly #purpose: KeyPurpose;
  readonly #prefix: string;

  constructor(parts: { keyRing: KeyRing; clock: Clock; purpose: KeyPurpose; prefix: string }) {
    this.#keyRing = parts.keyRing;
    this.#clock = parts.clock;
    this.#purpose = parts.purpose;
    this.#prefix = parts.prefix;
  }

  sign(unsigned: Omit<Claims, 'kid'>): Secret {
    const payload = Buffer.from(JSON.stringify({ ...unsigned, kid: this.#keyRing.activeKid })).toString('base64url');
    return new Secret(`${this.#prefix}${payload}.${this.#keyRing.digest(this.#purpose, payload).value}`);
  }

  /** The claims, where they are ours and have not expired. */
  verify(presented: Secret): Claims | undefined {
    const text = presented.reveal();
    if (!text.startsWith(this.#prefix)) return undefined;
    const [payload = '', signature = '', ...rest] = text.slice(this.#prefix.length).split('.');
    const signed = this.#keyRing.digests(this.#purpose, payload).some((expected) => equalDigests(expected, signature));
    if (!signed || rest.length > 0) return undefined;
    const read = readClaims(Buffer.from(payload, 'base64url').toString());
    return read !== undefined && read.expiresAt > this.#clock.now() ? read : undefined;
  }
}

/** Undefined where another version of ours signed something else: to this one it is a bearer that it does not know. */
function readClaims(text: string): Claims | undefined {
  try {
    return claims.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
