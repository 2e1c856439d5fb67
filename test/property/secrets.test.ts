import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClaimsSigner } from '../../src/domain/sign-in/signed-claims.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { generateSecret, isWellFormedSecret, maskSecret, SECRET_PREFIXES, Secret } from '../../src/lib/secrets.js';
import { EXPLORE_FACTOR } from '../support/seeded-random.js';
import { TestClock } from '../support/test-clock.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KINDS = ['accessKey', 'clientSecret', 'accessToken'] as const;

const kind = fc.constantFrom(...KINDS);
const base62 = (length: number) =>
  fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: length, maxLength: length });

test('what is generated passes its own check, and no check of another kind', () => {
  fc.assert(
    fc.property(kind, (made) => {
      const secret = generateSecret(made);
      expect(KINDS.filter((each) => isWellFormedSecret(each, secret.reveal()))).toEqual([made]);
      const { prefix, last4 } = maskSecret(secret);
      expect(secret.reveal().startsWith(prefix) && secret.reveal().endsWith(last4)).toBe(true);
      expect(`${prefix}${last4}`).toHaveLength(13);
    }),
    { numRuns: 5000 * EXPLORE_FACTOR },
  );
});

test('a text of the right length and alphabet practically never passes', () => {
  // Of six base62 characters CRC-32 makes one right: a chance of one in four billion each.
  fc.assert(
    fc.property(kind, base62(49), (of, body) => !isWellFormedSecret(of, SECRET_PREFIXES[of] + body)),
    { numRuns: 20_000 * EXPLORE_FACTOR },
  );
});

test('no other text passes, nor makes the check fail', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc
      .tuple(kind, fc.string({ unit: 'binary', minLength: 40, maxLength: 60 }))
      .map(([of, body]) => SECRET_PREFIXES[of] + body),
  );
  fc.assert(
    fc.property(kind, odd, (of, text) => !isWellFormedSecret(of, text)),
    { numRuns: 10_000 * EXPLORE_FACTOR },
  );
});

test('a generated secret with a few characters changed practically never passes', () => {
  const changes = fc.array(fc.tuple(fc.nat(53), fc.constantFrom(...ALPHABET)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(kind, changes, (of, edits) => {
      const original = generateSecret(of).reveal();
      const changed = [...original];
      for (const [index, character] of edits) changed[index] = character;
      return changed.join('') === original || !isWellFormedSecret(of, changed.join(''));
    }),
    { numRuns: 10_000 * EXPLORE_FACTOR },
  );
});

test('two texts have one digest only where they are one text under one key and purpose', () => {
  const rings = [KeyRing.parse(KeyRing.generate()), KeyRing.parse(KeyRing.generate())] as const;
  const input = fc.record({
    ring: fc.constantFrom(...rings),
    purpose: fc.constantFrom('access-key-digest', 'client-secret-digest', 'sign-in'),
    text: fc.string({ unit: 'grapheme', maxLength: 5 }),
  });
  fc.assert(
    fc.property(input, input, (one, other) => {
      const same = one.ring === other.ring && one.purpose === other.purpose && one.text === other.text;
      const digest = ({ ring, purpose, text }: typeof one) => ring.digest(purpose, text).value;
      return (digest(one) === digest(other)) === same;
    }),
    { numRuns: 5000 * EXPLORE_FACTOR },
  );
});

test('claims of any content come back as they were signed, and nothing that was not signed is accepted', () => {
  const clock = new TestClock();
  const keyRing = KeyRing.parse(KeyRing.generate());
  const signer = new ClaimsSigner({ keyRing, clock, purpose: 'admin-bearer', prefix: 'lkad_' });
  const content = fc.string({ unit: 'grapheme' });
  const claims = fc.record({
    id: content,
    subject: content,
    role: fc.constantFrom('ADMIN' as const, 'SUPER_ADMIN' as const),
    organizationId: content,
    expiresAt: fc.integer({ min: clock.now() + 1, max: clock.now() + 1_000_000 }),
  });
  fc.assert(
    fc.property(claims, fc.string({ unit: 'binary' }), fc.nat(), (signed, noise, place) => {
      const text = signer.sign(signed).reveal();
      expect(signer.verify(new Secret(text))).toEqual({ ...signed, kid: keyRing.activeKid });
      const at = place % (text.length + 1);
      const changed = text.slice(0, at) + noise + text.slice(at);
      if (changed !== text) expect(signer.verify(new Secret(changed))).toBeUndefined();
      expect(signer.verify(new Secret(noise))).toBeUndefined();
      expect(signer.verify(new Secret(`lkad_${noise}`))).toBeUndefined();
    }),
    { numRuns: 3000 * EXPLORE_FACTOR },
  );
});
