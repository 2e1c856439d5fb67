import { expect, test } from 'vitest';
import { base62OfUint32, instantOf, newId, newIdAt, randomBase62 } from '../../../src/lib/ids.js';

test.each(['con', 'sec', 'tok', 'aud', 'sig', 'lkid'] as const)(
  'an id of the kind %s says so and is never drawn twice',
  (kind) => {
    const ids = Array.from({ length: 5000 }, () => newId(kind));
    expect(new Set(ids).size).toBe(5000);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${kind}_[0-9A-Za-z]{22}$`));
  },
);

test('ids of later instants sort behind those of earlier ones, and ids of one instant are never drawn twice', () => {
  const instants = [0, 1, 61, 62, 3_843, 1_767_225_600_000, 1_767_225_600_001, 1_767_229_200_000, 9_999_999_999_999];
  const ids = instants.map((at) => newIdAt('tok', at));
  expect(ids.toSorted()).toEqual(ids);
  const ofOne = Array.from({ length: 5000 }, () => newIdAt('tok', 1_767_225_600_000));
  expect(new Set(ofOne).size).toBe(5000);
  for (const id of [...ids, ...ofOne]) expect(id).toMatch(/^tok_[0-9A-Za-z]{22}$/);
  expect(ids.map((id) => instantOf('tok', id))).toEqual(instants);
});

test.each([
  '',
  'tok_',
  'con_0000000000000000000000',
  'tok_000000000000000000000',
  'tok_0000-00000000000000000',
  `tok_${'z'.repeat(23)}`,
])('what is no such id has no instant: %j', (text) => {
  expect(instantOf('tok', text)).toBeUndefined();
});

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
