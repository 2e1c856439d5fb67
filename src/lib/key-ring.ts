import { hkdfSync, randomBytes } from 'node:crypto';
import { HmacSha256 } from './hmac.js';
import { randomBase62 } from './ids.js';

/** Each use has a key of its own, derived by HKDF, so that a digest made for one can never pass for another. */
export type KeyPurpose =
  | 'access-key-digest'
  | 'access-token-digest'
  | 'admin-bearer'
  | 'client-secret-digest'
  | 'idempotency-digest'
  | 'sign-in';

const PURPOSES: readonly KeyPurpose[] = [
  'access-key-digest',
  'access-token-digest',
  'admin-bearer',
  'client-secret-digest',
  'idempotency-digest',
  'sign-in',
];

/** A keyed digest and the id of the ring's key that made it. */
export interface Digest {
  readonly kid: string;
  readonly value: string;
}

/** Says what is wrong with a key ring's text, without quoting it. */
export class KeyRingError extends Error {}

const EMPTY = Buffer.alloc(0);

type DerivedKeys = Record<KeyPurpose, HmacSha256>;

/**
 * The operator's keys: the pepper of every stored digest and the signer of admin bearers. The first key of the ring
 * makes new digests; all of them check old ones, so that a key is rotated by putting a new one in front.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, DerivedKeys>;
  readonly #kids: readonly string[];
  readonly activeKid: string;

  private constructor(keys: Map<string, DerivedKeys>, activeKid: string) {
    this.#keys = keys;
    this.#kids = [...keys.keys()];
    this.activeKid = activeKid;
  }

  /**
   * Reads `kid:base64url of 32 bytes`, comma-separated, the first active.
   * @throws KeyRingError naming the entry's place, never its content
   */
  static parse(text: string): KeyRing {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const keys = new Map<string, DerivedKeys>();
    for (const [index, entry] of entries.entries()) {
      const [kid, encoded, ...rest] = entry.split(':');
      // Exactly 32 bytes: Buffer passes over what is not base64url.
      const bytes = /^[A-Za-z0-9_-]{43}=?$/.test(encoded ?? '') ? Buffer.from(encoded ?? '', 'base64url') : EMPTY;
      if (!kid || !/^[A-Za-z0-9_-]{1,32}$/.test(kid) || rest.length > 0 || bytes.length !== 32) {
        throw new KeyRingError(
          `Entry ${index + 1} of the key ring is not "kid:key" with a kid of letters, digits, "_" or "-" and a key of 32 bytes in base64url. Make one with: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`,
        );
      }
      if (keys.has(kid)) throw new KeyRingError(`Entry ${index + 1} of the key ring repeats the kid of another entry.`);
      keys.set(kid, deriveKeys(bytes));
    }
    const [activeKid] = keys.keys();
    if (activeKid === undefined) throw new KeyRingError('The key ring is empty: it needs at least one "kid:key".');
    return new KeyRing(keys, activeKid);
  }

  /** The text of a new ring with one key. */
  static generate(): string {
    return `k${randomBase62(6)}:${randomBytes(32).toString('base64url')}`;
  }

  /** The digest of `text` under the active key. */
  digest(purpose: KeyPurpose, text: string): Digest {
    return { kid: this.activeKid, value: this.#hmac(this.activeKid, purpose, text) };
  }

  /** The digest of `text` under one key, or undefined where the ring no longer holds it. */
  digestUnder(kid: string, purpose: KeyPurpose, text: string): string | undefined {
    return this.#keys.has(kid) ? this.#hmac(kid, purpose, text) : undefined;
  }

  /** The digests of `text` under every key of the ring, the active one first: what a look-up by digest asks for. */
  digests(purpose: KeyPurpose, text: string): string[] {
    return this.#kids.map((kid) => this.#hmac(kid, purpose, text));
  }

  #hmac(kid: string, purpose: KeyPurpose, text: string): string {
    const keys = this.#keys.get(kid) as DerivedKeys;
    return keys[purpose].digest(text);
  }
}

function deriveKeys(root: Buffer): DerivedKeys {
  const derive = (purpose: KeyPurpose) =>
    new HmacSha256(Buffer.from(hkdfSync('sha256', root, '', `latchkey/v1/${purpose}`, 32)).toString('base64url'));
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, derive(purpose)])) as DerivedKeys;
}
