import { expect, test } from 'vitest';
import { createBatcher } from '../../../src/lib/batch.js';

function batching() {
  const batches: (readonly number[])[] = [];
  const load = createBatcher(async (keys: readonly number[]) => {
    batches.push(keys);
    if (keys.includes(-1)) throw new Error('no such number');
    return keys.map((key) => key * 2);
  });
  return { batches, load };
}

test('what is asked for in one turn of the event loop is one call, and each asker gets its own answer', async () => {
  const { batches, load } = batching();
  expect(await Promise.all([load(3), load(1), load(3)])).toEqual([6, 2, 6]);
  expect(batches).toEqual([[3, 1, 3]]);
});

test('nothing is remembered from one turn to the next', async () => {
  const { batches, load } = batching();
  await load(1);
  await load(1);
  expect(batches).toEqual([[1], [1]]);
});

test('no batch holds more than 128', async () => {
  const { batches, load } = batching();
  const keys = Array.from({ length: 300 }, (_, index) => index);
  expect(await Promise.all(keys.map(load))).toEqual(keys.map((key) => key * 2));
  expect(batches.map(({ length }) => length)).toEqual([128, 128, 44]);
});

test('a call that fails fails those who share it, and nobody after', async () => {
  const { load } = batching();
  const outcomes = await Promise.allSettled([load(1), load(-1)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await load(1)).toBe(2);
});
