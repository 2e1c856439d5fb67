import { expect, test } from 'vitest';
import { refuseVersion } from '../../../src/stores/postgresql/server.check.js';

test.each([
  [90_624, '9.6.24'],
  [100_023, '10.23'],
  [140_000, '14.0'],
  [140_009, '14.9'],
  [149_999, '14.9999'],
])('PostgreSQL of version number %i is too old, and is called %s', (version, name) => {
  expect(refuseVersion(version)).toBe(
    `PostgreSQL ${name} is too old: 15 or later is needed. Upgrade it, or point DATABASE_URL to a newer server.`,
  );
});

test.each([150_000, 150_018, 160_010, 170_006, 180_000, 190_001, 200_000])(
  'PostgreSQL of version number %i is not too old',
  (version) => {
    expect(refuseVersion(version)).toBeUndefined();
  },
);
