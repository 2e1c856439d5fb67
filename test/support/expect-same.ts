import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/** For what is compared very often: vitest takes many times as long for it, and is asked only for how the two differ. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}
