import { z } from 'zod';
import type { Clock } from '../../lib/clock.js';
import type { KeyPurpose, KeyRing } from '../../lib/key-ring.js';
import { equalDigests, Secret } from '../../lib/secrets.js';
import { USER_ROLES } from '../principal.js';

const claims = z.object({
  /** The key of the ring that signed. */
  kid: z.string(),
  /** Makes each text unique, and a sign-in link usable once. */
  id: z.string(),
  subject: z.string(),
  role: z.enum(USER_ROLES),
  organizationId: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
});

/** The user that a bearer stands for; its holder acts as that user until the bearer expires. */
export type Claims = z.infer<typeof claims>;

/**
 * Signed texts that prove themselves: `<prefix><claims as base64url JSON>.<HMAC-SHA-256 as base64url>`. The text names
 * no algorithm, so its presenter cannot choose one; each purpose has its own key, so a sign-in code is no bearer.
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

  /** The claims; undefined where they are not Latchkey's or have expired. */
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

/** Undefined where another version of Latchkey signed other claims: to this version the bearer is unknown. */
function readClaims(text: string): Claims | undefined {
  try {
    return claims.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
