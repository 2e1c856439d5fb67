import { expect, test } from 'vitest';
import { parseRetryAfter } from '../../../src/outbound/retry-after.js';

const NOW = Date.parse('Thu, 01 Jan 2026 00:00:00 GMT');

test.each([
  ['7', 7_000],
  [' 30 ', 30_000],
  ['Thu, 01 Jan 2026 00:02:00 GMT', 120_000],
])('Retry-After %j asks for its time', (value, ms) => {
  expect(parseRetryAfter(value, NOW)).toBe(ms);
});

test.each(['0', 'Wed, 31 Dec 2025 00:00:00 GMT'])('nobody comes back at once for %j', (value) => {
  expect(parseRetryAfter(value, NOW)).toBe(1_000);
});

test.each(['3601', '999999999999999999999', '9'.repeat(400), 'Fri, 01 Jan 2100 00:00:00 GMT'])(
  'nobody stays away for longer than an hour for %j',
  (value) => {
    expect(parseRetryAfter(value, NOW)).toBe(3_600_000);
  },
);

test.each([undefined, '', '-5', '1.5', 'soon', '5, 6', '2026-01-01', 'Thu, 01 Foo 2026 00:02:00 GMT'])(
  '%j says nothing, so the next minute is waited for',
  (value) => {
    expect(parseRetryAfter(value, NOW)).toBe(60_000);
  },
);
