import { randomBytes } from 'node:crypto';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 62 that fits a byte: bytes from here on would favour the alphabet's start. */
const UNBIASED_BELOW = 248;
/** Random bytes drawn at once: a system call for each identifier would cost more than the identifier. */
const POOL_BYTES = 4096;
/** 22 base62 characters hold about 131 bits: unguessable and never drawn twice. */
const ID_CHARACTERS = 22;

let pool = Buffer.alloc(0);
let used = 0;

/** `characters` independent, uniformly drawn characters of `[0-9A-Za-z]`. */
export function randomBase62(characters: number): string {
  let text = '';
  while (text.length < characters) {
    if (used === pool.length) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    const byte = pool[used] as number;
    // Zeroing the spent byte leaves nothing of a secret in the pool.
    pool[used++] = 0;
    if (byte < UNBIASED_BELOW) text += BASE62[byte % 62];
  }
  return text;
}

/** `value` (a 32-bit unsigned integer) in base62, padded to six characters. */
export function base62OfUint32(value: number): string {
  let text = '';
  for (let rest = value, digit = 0; digit < 6; digit++) {
    text = BASE62[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** The prefix of each kind of identifier. */
type IdPrefix = 'con' | 'sec' | 'tok' | 'aud' | 'sig' | 'ses' | 'lkid';

/** A new public identifier such as `con_4fT…`, of `[A-Za-z0-9_]` only. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(ID_CHARACTERS)}`;
}
