import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { KeyRing, KeyRingError } from '../../../src/lib/key-ring.js';

const KEY_1 = randomBytes(32).toString('base64url');
const KEY_2 = randomBytes(32).toString('base64url');

function errorOf(text: string): KeyRingError {
  try {
    KeyRing.parse(text);
  } catch (error) {
    if (error instanceof KeyRingError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('reading a key ring', () => {
  test('the first key is the active one', () => {
    expect(KeyRing.parse(`b:${KEY_1},a:${KEY_2}`).activeKid).toBe('b');
  });

  test('spaces, line ends and a comma at the end do no harm', () => {
    expect(KeyRing.parse(`\n a:${KEY_1} ,\n b:${KEY_2},\n`).digests('sign-in', 'x')).toHaveLength(2);
  });

  test('a generated ring is read, and is new each time', () => {
    const texts = Array.from({ length: 100 }, () => KeyRing.generate());
    expect(new Set(texts).size).toBe(100);
    for (const text of texts) expect(() => KeyRing.parse(text)).not.toThrow();
    expect(texts[0]).toMatch(/^k[0-9A-Za-z]{6}:[A-Za-z0-9_-]{43}$/);
  });

  test.each([
    ['no kid', KEY_1, 1],
    ['an empty kid', `:${KEY_1}`, 1],
    ['an empty key', 'a:', 1],
    ['a kid with a space', `a b:${KEY_1}`, 1],
    ['a kid of 33 characters', `${'a'.repeat(33)}:${KEY_1}`, 1],
    ['a key of 31 bytes', `a:${randomBytes(31).toString('base64url')}`, 1],
    ['a key of 33 bytes', `a:${randomBytes(33).toString('base64url')}`, 1],
    ['a key in hex', `a:${randomBytes(32).toString('hex')}`, 1],
    ['a third part', `a:${KEY_1}:${KEY_2}`, 1],
    ['a second entry on a new line without a comma', `a:${KEY_1}\nb:${KEY_2}`, 1],
    ['a second entry that is wrong', `a:${KEY_1},b=${KEY_2}`, 2],
    ['a key with characters outside base64url', `a:${KEY_1.slice(0, 20)}#!?${KEY_1.slice(20)}`, 1],
    ['a key with something behind its padding', `a:${KEY_1}=${KEY_2}`, 1],
  ])('an entry with %s is refused by its place, without quoting it', (_, text, place) => {
    const error = errorOf(text);
    expect(error.message).toMatch(new RegExp(`^Entry ${place} of the key ring is not "kid:key"`));
    expect(error.message).toContain('openssl rand');
    for (const line of [error.message, inspect(error, { depth: null, showHidden: true })]) {
      for (const part of text.split(/[^A-Za-z0-9_-]/).filter(({ length }) => length > 8)) {
        expect(line).not.toContain(part);
      }
    }
  });

  test('a kid that is repeated is refused by its place', () => {
    const { message } = errorOf(`a:${KEY_1},b:${KEY_2},a:${KEY_2}`);
    expect(message).toBe('Entry 3 of the key ring repeats the kid of another entry.');
  });

  test.each(['', ' ', ',', '\n,\n'])('an empty ring is refused: %j', (text) => {
    expect(errorOf(text).message).toBe('The key ring is empty: it needs at least one "kid:key".');
  });
});

describe('digests', () => {
  const ring = KeyRing.parse(`a:${KEY_1}`);

  test('are what every version before made of the same key and text: they are stored', () => {
    const known = KeyRing.parse(`a:${Buffer.alloc(32, 7).toString('base64url')}`);
    const { value } = known.digest('client-secret-digest', 'default|lkid_1|gehéim');
    expect(value).toBe('5-D7lZG_rtLZ73us-N5h_AdaIPn_KeCFGeNlV06IlXU');
  });

  test('are made of 256 bits, and are the same for the same text, key and purpose only', () => {
    const digest = ring.digest('access-key-digest', 'text');
    expect(digest.kid).toBe('a');
    expect(digest.value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(KeyRing.parse(`z:${KEY_1}`).digest('access-key-digest', 'text').value).toBe(digest.value);
    const others = [
      ring.digest('access-key-digest', 'text '),
      ring.digest('access-token-digest', 'text'),
      ring.digest('admin-bearer', 'text'),
      ring.digest('client-secret-digest', 'text'),
      ring.digest('idempotency-digest', 'text'),
      ring.digest('sign-in', 'text'),
      KeyRing.parse(`a:${KEY_2}`).digest('access-key-digest', 'text'),
    ].map(({ value }) => value);
    expect(new Set([...others, digest.value]).size).toBe(8);
  });

  test('that an old key made are found again when a new key stands in front', () => {
    const rotated = KeyRing.parse(`b:${KEY_2},a:${KEY_1}`);
    const old = ring.digest('access-token-digest', 'text');
    expect(rotated.digest('access-token-digest', 'text')).not.toEqual(old);
    expect(rotated.digestUnder('a', 'access-token-digest', 'text')).toBe(old.value);
    expect(rotated.digests('access-token-digest', 'text')).toEqual([
      rotated.digest('access-token-digest', 'text').value,
      old.value,
    ]);
  });

  test('under a key that the ring no longer holds are none', () => {
    expect(ring.digestUnder('gone', 'sign-in', 'text')).toBeUndefined();
    expect(ring.digestUnder('constructor', 'sign-in', 'text')).toBeUndefined();
  });
});

test('a key ring shows none of its keys when it is printed', () => {
  const text = inspect(KeyRing.parse(`a:${KEY_1}`), { depth: null, showHidden: true });
  expect(text).not.toContain(KEY_1);
  expect(text).not.toContain(Buffer.from(KEY_1, 'base64url').toString('hex').slice(0, 8));
});
