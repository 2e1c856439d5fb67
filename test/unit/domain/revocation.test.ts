import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  connectionRevocation,
  type Revocation,
  Revocations,
  tokenRevocation,
} from '../../../src/domain/tokens/revocation.js';
import { connectionRecord, SOME_INSTANT, tokenRecord } from '../../support/records.js';

const DAY_MS = 86_400_000;
const connection = connectionRecord({ generation: 3 });

function revoked(...given: readonly Revocation[]): Revocations {
  const revocations = new Revocations();
  for (const revocation of given) revocations.add(revocation);
  return revocations;
}

describe('a token is revoked', () => {
  test('by its own revocation, and no other token is', () => {
    const [token, other] = [tokenRecord(connection), tokenRecord(connection)];
    const revocations = revoked(tokenRevocation(token));
    expect(revocations.isRevoked(token)).toBe(true);
    expect(revocations.isRevoked(other)).toBe(false);
  });

  test.each([
    [2, true],
    [3, true],
    [4, false],
    [5, false],
  ])('of generation %i, once its connection’s is 4: %s', (generation, expected) => {
    const revocations = revoked(connectionRevocation(connection.id, 4, SOME_INSTANT));
    expect(revocations.isRevoked(tokenRecord(connection, { generation }))).toBe(expected);
    expect(revocations.isRevoked(tokenRecord(connectionRecord(), { generation }))).toBe(false);
  });
});

test('what was revoked stays so, in whichever order and however often revocations come', () => {
  const generations = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(generations, fc.integer({ min: 1, max: 6 }), (given, ofToken) => {
      const revocations = revoked(...given.map((each) => connectionRevocation(connection.id, each, SOME_INSTANT)));
      const expected = ofToken < Math.max(...given);
      expect(revocations.isRevoked(tokenRecord(connection, { generation: ofToken }))).toBe(expected);
    }),
  );
});

test('a revocation is forgotten when the last token that it refuses has expired, and not before', () => {
  const token = tokenRecord(connection);
  const ofConnection = connectionRevocation(connection.id, 4, SOME_INSTANT);
  const revocations = revoked(tokenRevocation(token), ofConnection);
  const other = tokenRecord(connection);

  revocations.forgetExpired(SOME_INSTANT + DAY_MS);
  expect(revocations.isRevoked(token)).toBe(true);
  expect(revocations.isRevoked(other)).toBe(true);

  revocations.forgetExpired(ofConnection.expiresAt);
  expect(revocations.isRevoked(token)).toBe(false);
  expect(revocations.isRevoked(other)).toBe(false);
  expect(ofConnection.expiresAt).toBeGreaterThan(other.expiresAt);
});
