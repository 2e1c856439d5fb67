import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../../../src/domain/limits/rate-limited.error.js';
import type { PolicyName, PolicyStanding } from '../../../src/domain/limits/standing.js';
import { inWords } from '../../../src/domain/limits/waiting-time.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function usedUp(name: PolicyName, limit: number, freeInMs: number): PolicyStanding {
  const windowSeconds = name === 'day' ? 86_400 : 60;
  return { name, limit, windowSeconds, remaining: 0, resetsInMs: freeInMs, retryInMs: freeInMs };
}

function untouched(name: PolicyName, limit: number, remaining: number): PolicyStanding {
  return { ...usedUp(name, limit, 20 * HOUR_MS), remaining, retryInMs: undefined };
}

describe('a refusal names in words the policy that refused, and when the next is free', () => {
  test.each<readonly [sentence: string, standing: readonly PolicyStanding[]]>([
    [
      "The day's 50,000 calls of this organisation are used up. The next is free in 3 h 12 min.",
      [untouched('minute', 100, 100), usedUp('day', 50_000, 3 * HOUR_MS + 11 * MINUTE_MS + 1)],
    ],
    [
      "The minute's 100 calls of this organisation are used up. The next is free in 12 s.",
      [usedUp('minute', 100, 11_001), untouched('day', 50_000, 9)],
    ],
    [
      "The minute's 1 call of this organisation is used up. The next is free in 1 min.",
      [usedUp('minute', 1, MINUTE_MS)],
    ],
    [
      "The minute's 2 calls of this organisation are used up. The day's 1,000 calls of this organisation are used up. The next is free in 7 h.",
      [usedUp('minute', 2, 5_000), usedUp('day', 1_000, 7 * HOUR_MS)],
    ],
    [
      "The minute's 300 operations of this caller are used up. The next is free in 41 s.",
      [usedUp('management', 300, 41_000)],
    ],
    [
      "The minute's 30 refused credentials of this sender are used up. The next is free in 1 s.",
      [usedUp('failures', 30, 1)],
    ],
  ])('%s', (sentence, standing) => {
    expect(new RateLimitedError(standing).message).toBe(sentence);
  });

  test.each<readonly [sentence: string, standing: PolicyStanding]>([
    [
      "Of the minute's 4 calls of this organisation 3 are left. As many as this needs are free in 40 s.",
      { ...usedUp('minute', 4, 40_000), remaining: 3 },
    ],
    [
      "Of the minute's 4 calls of this organisation 1 is left. As many as this needs are free in 50 s.",
      { ...usedUp('minute', 4, 50_000), remaining: 1, resetsInMs: 40_000 },
    ],
    [
      "The minute's 4 calls of this organisation are used up. As many as this needs are free in 50 s.",
      { ...usedUp('minute', 4, 50_000), resetsInMs: 40_000 },
    ],
  ])('and how many are left, where more are asked for at once: %s', (sentence, standing) => {
    expect(new RateLimitedError([standing]).message).toBe(sentence);
  });
});

test.each([
  [0, '1 s'],
  [SECOND_MS + 1, '2 s'],
  [59_001, '1 min'],
  [MINUTE_MS + 5 * SECOND_MS, '1 min 5 s'],
  [HOUR_MS - SECOND_MS, '59 min 59 s'],
  [HOUR_MS, '1 h'],
  [HOUR_MS + 1, '1 h 1 min'],
  [24 * HOUR_MS + MINUTE_MS, '24 h 1 min'],
])('a wait of %i ms is %s: nobody is told to come back too early', (ms, words) => {
  expect(inWords(ms)).toBe(words);
});
