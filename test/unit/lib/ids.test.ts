import { expect, test } from 'vitest';
import { base62OfUint32, newId, randomBase62 } from '../../../src/lib/ids.js';

test.each(['con', 'sec', 'tok', 'aud', 'sig', 'lkid'] as const)(
  'an id of the kind %s says so and is never drawn twice',
  (kind) => {
    const ids = Array.from({ length: 5000 }, () => newId(kind));
    expect(new Set(ids).size).toBe(5000);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${kind}_[0-9A-Za-z]{22}$`));
  },
);

test('random text has the length that was asked for, also across the pool’s end', () => {
  for (const length of [0, 1, 43, 4096, 10_000]) expect(randomBase62(length)).toHaveLength(length);
});

test.each([
  [0, '000000'],
  [1, '000001'],
  [10, '00000A'],
  [61, '00000z'],
  [62, '000010'],
  [0xffffffff, '4gfFC3'],
])('%i is %s in six characters of base62', (value, text) => {
  expect(base62OfUint32(value)).toBe(text);
});
