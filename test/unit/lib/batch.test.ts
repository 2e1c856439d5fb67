import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBatcher } from '../../../src/lib/batch.js';
import { until } from '../../support/until.js';

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

/** Calls that end when they are told to. */
function gathering(gatherMs: number) {
  const calls: { keys: readonly number[]; end: () => void }[] = [];
  const load = createBatcher((keys: readonly number[]) => {
    const { promise, resolve } = Promise.withResolvers<readonly number[]>();
    calls.push({ keys, end: () => resolve(keys.map((key) => key * 2)) });
    return promise;
  }, gatherMs);
  return { calls, load };
}

const HOUR_MS = 3_600_000;

test('what is asked for while a call is under way is one call when it ends, and none joins a call that has begun', async () => {
  const { calls, load } = gathering(HOUR_MS);
  const first = load(1);
  await setImmediate();
  const others: Promise<number>[] = [];
  for (const key of [2, 3, 1]) {
    others.push(load(key));
    await setImmediate();
  }
  expect(calls.map(({ keys }) => keys)).toEqual([[1]]);
  calls[0]?.end();
  expect(await first).toBe(2);
  await setImmediate();
  expect(calls.map(({ keys }) => keys)).toEqual([[1], [2, 3, 1]]);
  calls[1]?.end();
  expect(await Promise.all(others)).toEqual([4, 6, 2]);
});

test('a call that hangs holds up one call after it for the given time, and none after that', async () => {
  const { calls, load } = gathering(1);
  void load(1);
  await setImmediate();
  const second = load(2);
  await until('the second call has begun', () => calls.length === 2);
  calls[1]?.end();
  expect(await second).toBe(4);
  void load(3);
  await setImmediate();
  expect(calls.map(({ keys }) => keys)).toEqual([[1], [2], [3]]);
});

test('a full call does not wait for the one under way', async () => {
  const { calls, load } = gathering(HOUR_MS);
  void load(0);
  await setImmediate();
  for (let key = 1; key <= 129; key++) void load(key);
  await setImmediate();
  expect(calls.map(({ keys }) => keys.length)).toEqual([1, 128]);
  // The last key waits for the call that began last: its timer must not outlive this test.
  calls[1]?.end();
  await until('the last key is asked for', () => calls.length === 3);
});
