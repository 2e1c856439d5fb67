import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HmacSha256 } from '../../../src/lib/hmac.js';
import { EXPLORE_FACTOR } from '../../support/seeded-random.js';

const key = fc.string({ unit: 'grapheme-ascii', minLength: 32, maxLength: 64 });
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }));

test('is the HMAC-SHA-256 of RFC 2104, for every key and text', () => {
  fc.assert(
    fc.property(key, text, text, (asciiKey, first, second) => {
      const hmac = new HmacSha256(asciiKey);
      for (const one of [first, second, first]) {
        expect(hmac.digest(one)).toBe(createHmac('sha256', asciiKey).update(one).digest('base64url'));
      }
    }),
    { numRuns: 2000 * EXPLORE_FACTOR },
  );
});

test.each(['', 'k'.repeat(31), 'k'.repeat(65), `${'k'.repeat(40)}é`])('refuses the key %j', (asciiKey) => {
  expect(() => new HmacSha256(asciiKey)).toThrow('ASCII');
});
