import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decrypt, encrypt } from '../../../src/lib/encryption.js';
import { KeyRing } from '../../../src/lib/key-ring.js';
import { Secret } from '../../../src/lib/secrets.js';

const KEY = randomBytes(32);
const TEXT = 'lkat_secret ünïcode';

describe('what was encrypted', () => {
  test('opens under its key for its context, and is another text each time', () => {
    const [one, other] = [encrypt(KEY, new Secret(TEXT), 'context'), encrypt(KEY, new Secret(TEXT), 'context')];
    expect(one).not.toBe(other);
    expect(one).not.toContain('secret');
    for (const each of [one, other]) expect(decrypt(KEY, each, 'context')?.reveal()).toBe(TEXT);
    expect(decrypt(KEY, encrypt(KEY, new Secret(''), ''), '')?.reveal()).toBe('');
  });

  test('does not open for another context or under another key', () => {
    const encrypted = encrypt(KEY, new Secret(TEXT), 'context');
    expect(decrypt(KEY, encrypted, 'context2')).toBeUndefined();
    expect(decrypt(KEY, encrypted, '')).toBeUndefined();
    expect(decrypt(randomBytes(32), encrypted, 'context')).toBeUndefined();
  });

  test('does not open once any bit of it was flipped, or any part is missing', () => {
    const bytes = Buffer.from(encrypt(KEY, new Secret(TEXT), 'context'), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decrypt(KEY, flipped.toString('base64url'), 'context')).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(decrypt(KEY, bytes.subarray(0, length).toString('base64url'), 'context')).toBeUndefined();
    }
  });

  test('opens by one text alone: nothing may be added that decoding would pass over', () => {
    const encrypted = encrypt(KEY, new Secret(TEXT), 'context');
    for (const changed of [`${encrypted}=`, ` ${encrypted}`, `${encrypted}!`]) {
      expect(decrypt(KEY, changed, 'context')).toBeUndefined();
    }
  });
});

describe('a key ring', () => {
  const [first, second] = [KeyRing.generate(), KeyRing.generate()];

  test('opens what it sealed, also after a new key was put in front, and not once the old one is gone', () => {
    const sealed = KeyRing.parse(first).seal('bearer-encryption', new Secret(TEXT), 'context');
    expect(KeyRing.parse(first).open('bearer-encryption', sealed, 'context')?.reveal()).toBe(TEXT);
    expect(KeyRing.parse(`${second},${first}`).open('bearer-encryption', sealed, 'context')?.reveal()).toBe(TEXT);
    expect(KeyRing.parse(second).open('bearer-encryption', sealed, 'context')).toBeUndefined();
  });

  test('does not open what is said to be sealed under another of its keys', () => {
    const ring = KeyRing.parse(`${first},${second}`);
    const [, encrypted = ''] = ring.seal('bearer-encryption', new Secret(TEXT), 'context').split('.');
    const [otherKid] = second.split(':');
    expect(ring.open('bearer-encryption', `${otherKid}.${encrypted}`, 'context')).toBeUndefined();
    expect(ring.open('bearer-encryption', encrypted, 'context')).toBeUndefined();
  });
});
