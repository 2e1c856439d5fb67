import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { crc32 } from 'node:zlib';
import { base62OfUint32, randomBase62 } from './ids.js';

/**
 * A value that cannot be printed: interpolation, JSON, `console.log` and the logger all show `[redacted]`.
 * Only `reveal()` gives the text, so a search for that word finds every place that lets a secret out.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect.custom](): string {
    return '[redacted]';
  }
}

/** The first characters of each kind of secret, by which scanners find leaked ones. */
export const SECRET_PREFIXES = {
  accessKey: 'lkak_',
  clientSecret: 'lkcs_',
  accessToken: 'lkat_',
  session: 'lkss_',
} as const;

export type SecretKind = keyof typeof SECRET_PREFIXES;

/** 43 characters of base62 hold 256 bits. */
const RANDOM_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;
/** The kind's prefix and four random characters: enough to recognise a secret, too little to help guessing it. */
const VISIBLE_PREFIX_CHARACTERS = 9;

/**
 * A new secret: prefix, 43 random base62 characters, six base62 characters of CRC-32 over all before them.
 * Only `[A-Za-z0-9_]`, which no client mis-encodes in a Basic header (RFC 6749 section 2.3.1).
 */
export function generateSecret(kind: SecretKind): Secret {
  const body = SECRET_PREFIXES[kind] + randomBase62(RANDOM_CHARACTERS);
  return new Secret(body + base62OfUint32(crc32(body)));
}

/**
 * Whether `generateSecret(kind)` could have made `text`. The check keeps garbage away from the stores; only the digest
 * proves anything.
 */
export function isWellFormedSecret(kind: SecretKind, text: string): boolean {
  const prefix = SECRET_PREFIXES[kind];
  if (text.length !== prefix.length + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS || !text.startsWith(prefix)) return false;
  const body = text.slice(0, -CHECKSUM_CHARACTERS);
  return base62OfUint32(crc32(body)) === text.slice(-CHECKSUM_CHARACTERS);
}

/** Removes everything that looks like our secrets, tokens or links from a text that quotes a caller. */
export function redactSecrets(text: string): string {
  return text.replaceAll(/lk(?:ak|cs|at|ad|si|ss)_[\w.-]+/g, '[redacted]');
}

/** The parts of a secret that may be shown again. */
export function maskSecret(secret: Secret): { prefix: string; last4: string } {
  const text = secret.reveal();
  return { prefix: text.slice(0, VISIBLE_PREFIX_CHARACTERS), last4: text.slice(-4) };
}

/** In a secret this long, four known characters do not help to guess the rest. */
const MASKED_CHARACTERS_MIN = 16;

/** The same for a secret that somebody else made, whose prefix and randomness are unknown. */
export function maskForeignSecret(secret: Secret): { prefix: string; last4: string } {
  const text = secret.reveal();
  return { prefix: '', last4: text.length < MASKED_CHARACTERS_MIN ? '' : text.slice(-4) };
}

/** Compares two digests in constant time. Their lengths are no secret. */
export function equalDigests(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
