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
  return base62Of(value, 6);
}

/** 62^8 milliseconds are 6,900 years. */
const INSTANT_CHARACTERS = 8;

/** `value`, a whole number below 62^characters, in base62, padded: texts of one length are in the order of their values. */
function base62Of(value: number, characters: number): string {
  let text = '';
  for (let rest = value; text.length < characters; rest = Math.floor(rest / 62)) text = BASE62[rest % 62] + text;
  return text;
}

/** The prefix of each kind of identifier. */
type IdPrefix = 'con' | 'sec' | 'tok' | 'aud' | 'sig' | 'ses' | 'lkid';

/** A new public identifier such as `con_4fT…`, of `[A-Za-z0-9_]` only. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(ID_CHARACTERS)}`;
}

/**
 * A new identifier of something that there are many of, of the same form: ids of later instants (epoch milliseconds) sort
 * behind, so that a database adds each at the end of its index instead of at a random page of it.
 */
export function newIdAt(prefix: IdPrefix, at: number): string {
  return `${prefix}_${base62Of(at, INSTANT_CHARACTERS)}${randomBase62(ID_CHARACTERS - INSTANT_CHARACTERS)}`;
}

/** The instant of an id that `newIdAt` made; undefined for a text of another form. */
export function instantOf(prefix: IdPrefix, id: string): number | undefined {
  if (id.length !== prefix.length + 1 + ID_CHARACTERS || !id.startsWith(`${prefix}_`)) return undefined;
  let at = 0;
  for (const character of id.slice(prefix.length + 1).slice(0, INSTANT_CHARACTERS)) {
    const digit = BASE62.indexOf(character);
    if (digit < 0) return undefined;
    at = 62 * at + digit;
  }
  return at;
}
