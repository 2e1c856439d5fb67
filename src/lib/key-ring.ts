import { hkdfSync, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './encryption.js';
import { HmacSha256 } from './hmac.js';
import { randomBase62 } from './ids.js';
import type { Secret } from './secrets.js';

/** HKDF derives a key for each purpose, so a digest made for one never passes for another. */
export type KeyPurpose =
  | 'access-key-digest'
  | 'access-token-digest'
  | 'admin-bearer'
  | 'client-secret-digest'
  | 'idempotency-digest'
  | 'key-fingerprint'
  | 'session-digest'
  | 'sign-in';

const PURPOSES: readonly KeyPurpose[] = [
  'access-key-digest',
  'access-token-digest',
  'admin-bearer',
  'client-secret-digest',
  'idempotency-digest',
  'key-fingerprint',
  'session-digest',
  'sign-in',
];

/** A keyed digest and the id of the ring's key that made it. */
export interface Digest {
  readonly kid: string;
  readonly value: string;
}

/** A key ring's text is wrong; the message says how, without quoting the text. */
export class KeyRingError extends Error {}

const EMPTY = Buffer.alloc(0);

/** Purposes of encryption, for secrets that Latchkey must read again. */
export type EncryptionPurpose = 'bearer-encryption' | 'upstream-credential';

const ENCRYPTION_PURPOSES: readonly EncryptionPurpose[] = ['bearer-encryption', 'upstream-credential'];

interface DerivedKeys {
  readonly digests: Record<KeyPurpose, HmacSha256>;
  readonly encryption: Record<EncryptionPurpose, Buffer>;
}

/**
 * The operator's keys: the pepper of every stored digest and the signer of admin tokens. The first key makes new
 * digests and every key checks old ones, so operators rotate by putting a new key in front.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<string, DerivedKeys>;
  /** The ids of the keys, the active key's first. */
  readonly kids: readonly string[];
  readonly activeKid: string;

  private constructor(keys: Map<string, DerivedKeys>, activeKid: string) {
    this.#keys = keys;
    this.kids = [...keys.keys()];
    this.activeKid = activeKid;
  }

  /**
   * Reads comma-separated entries `kid:base64url of 32 bytes`, the active key first.
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
      // Exactly 32 bytes, checked here since Buffer skips characters outside base64url.
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

  /** Digests that tell each key from another with the same kid, and reveal nothing of the key. */
  fingerprints(): Digest[] {
    return this.kids.map((kid) => ({ kid, value: this.#hmac(kid, 'key-fingerprint', kid) }));
  }

  /** The digest of `text` under the active key. */
  digest(purpose: KeyPurpose, text: string): Digest {
    return { kid: this.activeKid, value: this.#hmac(this.activeKid, purpose, text) };
  }

  /** The digest of `text` under one key; undefined where the ring lacks the key. */
  digestUnder(kid: string, purpose: KeyPurpose, text: string): string | undefined {
    return this.#keys.has(kid) ? this.#hmac(kid, purpose, text) : undefined;
  }

  /** The digests of `text` under every key of the ring, the active key's first, for look-ups by digest. */
  digests(purpose: KeyPurpose, text: string): string[] {
    return this.kids.map((kid) => this.#hmac(kid, purpose, text));
  }

  /**
   * Encrypts under the active key, which the result names. `context` names what the text belongs to: without the same
   * context the result does not open.
   */
  seal(purpose: EncryptionPurpose, secret: Secret, context: string): string {
    const kid = this.activeKid;
    const key = (this.#keys.get(kid) as DerivedKeys).encryption[purpose];
    return `${kid}.${encrypt(key, secret, contextUnder(kid, purpose, context))}`;
  }

  /** Opens what was sealed for this context; undefined for another context, a changed text or a missing key. */
  open(purpose: EncryptionPurpose, sealed: string, context: string): Secret | undefined {
    const [kid = '', encrypted = '', ...rest] = sealed.split('.');
    if (rest.length > 0) return undefined;
    const key = this.#keys.get(kid)?.encryption[purpose];
    return key && decrypt(key, encrypted, contextUnder(kid, purpose, context));
  }

  #hmac(kid: string, purpose: KeyPurpose, text: string): string {
    return (this.#keys.get(kid) as DerivedKeys).digests[purpose].digest(text);
  }
}

function contextUnder(kid: string, purpose: EncryptionPurpose, context: string): string {
  return `v1|${kid}|${purpose}|${context}`;
}

function deriveKeys(root: Buffer): DerivedKeys {
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', root, '', `latchkey/v1/${purpose}`, 32));
  const forAll = <Purpose extends string, Key>(purposes: readonly Purpose[], make: (key: Buffer) => Key) =>
    Object.fromEntries(purposes.map((purpose) => [purpose, make(derive(purpose))])) as Record<Purpose, Key>;
  return {
    digests: forAll(PURPOSES, (key) => new HmacSha256(key.toString('base64url'))),
    encryption: forAll(ENCRYPTION_PURPOSES, (key) => key),
  };
}
