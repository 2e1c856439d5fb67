import { describe, expect, test } from 'vitest';
import { equalDigests, generateSecret, isWellFormedSecret, maskSecret, Secret } from '../../../src/lib/secrets.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KINDS = ['accessKey', 'clientSecret', 'accessToken'] as const;

describe('a generated secret', () => {
  test.each([
    ['accessKey', /^lkak_[0-9A-Za-z]{49}$/],
    ['clientSecret', /^lkcs_[0-9A-Za-z]{49}$/],
    ['accessToken', /^lkat_[0-9A-Za-z]{49}$/],
  ] as const)('of the kind %s has its prefix, 43 random characters and 6 of checksum', (kind, format) => {
    const text = generateSecret(kind).reveal();
    expect(text).toMatch(format);
    expect(isWellFormedSecret(kind, text)).toBe(true);
  });

  test('is never the same twice', () => {
    const texts = Array.from({ length: 10_000 }, () => generateSecret('accessToken').reveal());
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('passes for no other kind', () => {
    for (const kind of KINDS) {
      const text = generateSecret(kind).reveal();
      expect(KINDS.filter((other) => isWellFormedSecret(other, text))).toEqual([kind]);
    }
  });

  test('draws every character of the alphabet about equally often', () => {
    const counts = new Map<string, number>();
    const secrets = 5000;
    for (let count = 0; count < secrets; count++) {
      for (const character of generateSecret('accessKey').reveal().slice(5, 48)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    const expected = (secrets * 43) / 62;
    // Eight standard deviations: a fair draw fails this once in 10^13 runs, `byte % 62` without rejection always.
    const tolerance = 8 * Math.sqrt(expected);
    expect([...counts.keys()].sort().join('')).toBe(ALPHABET);
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(tolerance);
  });
});

describe('the checksum', () => {
  test('detects the change of any one character into any other', () => {
    const text = generateSecret('clientSecret').reveal();
    const passing: string[] = [];
    for (let index = 0; index < text.length; index++) {
      for (const character of `${ALPHABET}_-. `) {
        const changed = text.slice(0, index) + character + text.slice(index + 1);
        if (changed !== text && isWellFormedSecret('clientSecret', changed)) passing.push(changed);
      }
    }
    expect(passing).toEqual([]);
  });

  test('detects two neighbours that changed places', () => {
    const text = generateSecret('clientSecret').reveal();
    for (let index = 0; index < text.length - 1; index++) {
      const swapped = text.slice(0, index) + text[index + 1] + text[index] + text.slice(index + 2);
      if (swapped !== text) expect(isWellFormedSecret('clientSecret', swapped)).toBe(false);
    }
  });

  test('detects a character that is missing, added or left over from copying', () => {
    const text = generateSecret('accessKey').reveal();
    for (const wrong of [
      '',
      'lkak_',
      text.slice(1),
      text.slice(0, -1),
      `${text}0`,
      ` ${text}`,
      `${text}\n`,
      text + text,
    ]) {
      expect(isWellFormedSecret('accessKey', wrong)).toBe(false);
    }
    expect(isWellFormedSecret('accessKey', text.toLowerCase())).toBe(false);
  });
});

test('what is shown of a secret is nine characters of its start and four of its end', () => {
  expect(maskSecret(new Secret('lkcs_ABCDEFGHIJKLMNOP'))).toEqual({ prefix: 'lkcs_ABCD', last4: 'MNOP' });
});

test('digests are equal only where every character is', () => {
  expect(equalDigests('abc', 'abc')).toBe(true);
  expect(equalDigests('abc', 'abd')).toBe(false);
  expect(equalDigests('abc', 'abcd')).toBe(false);
  expect(equalDigests('abc', '')).toBe(false);
  expect(equalDigests('é', 'e')).toBe(false);
  expect(equalDigests('', '')).toBe(true);
});
