import { describe, expect, test } from 'vitest';
import { type Claims, ClaimsSigner } from '../../../src/domain/sign-in/signed-claims.js';
import { type KeyPurpose, KeyRing } from '../../../src/lib/key-ring.js';
import { Secret } from '../../../src/lib/secrets.js';
import { TestClock } from '../../support/test-clock.js';

const PREFIX = 'lkad_';
const keys = KeyRing.generate();
const clock = new TestClock();

function signer(purpose: KeyPurpose = 'admin-bearer', ring = keys, prefix = PREFIX): ClaimsSigner {
  return new ClaimsSigner({ keyRing: KeyRing.parse(ring), clock, purpose, prefix });
}

const CLAIMS: Omit<Claims, 'kid'> = {
  id: 'sig_1',
  subject: 'someone',
  role: 'ADMIN',
  organizationId: 'default',
  expiresAt: clock.now() + 60_000,
};

function verify(text: string): Claims | undefined {
  return signer().verify(new Secret(text));
}

const GENUINE = signer().sign(CLAIMS).reveal();
const [PAYLOAD = '', SIGNATURE = ''] = GENUINE.slice(PREFIX.length).split('.');

function payloadOf(claims: object): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}

test('what was signed is verified, until it expires', () => {
  const moving = new TestClock();
  const moved = new ClaimsSigner({
    keyRing: KeyRing.parse(keys),
    clock: moving,
    purpose: 'admin-bearer',
    prefix: PREFIX,
  });
  expect(moved.verify(new Secret(GENUINE))).toEqual({ ...CLAIMS, kid: expect.any(String) });
  moving.advance(59_999);
  expect(moved.verify(new Secret(GENUINE))).toMatchObject(CLAIMS);
  moving.advance(1);
  expect(moved.verify(new Secret(GENUINE))).toBeUndefined();
});

test('a text consists of characters that a bearer may have', () => {
  expect(GENUINE).toMatch(/^lkad_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/);
});

test('what an older key signed is verified while the ring holds that key, and not after', () => {
  const newer = KeyRing.generate();
  expect(signer('admin-bearer', `${newer},${keys}`).verify(new Secret(GENUINE))).toMatchObject(CLAIMS);
  expect(signer('admin-bearer', newer).verify(new Secret(GENUINE))).toBeUndefined();
});

describe('refused', () => {
  test.each([
    ['a claim that is missing', { id: 'sig_1' }],
    ['a role that there is not', { ...CLAIMS, role: 'OWNER' }],
    ['no object', []],
  ])('what is well signed and of another shape: %s', (_what, claims) => {
    const other = signer().sign(claims as unknown as Claims);
    expect(signer().verify(other)).toBeUndefined();
  });

  test('each text in which one character was changed, left out or added', () => {
    const passing: string[] = [];
    for (let index = 0; index < GENUINE.length; index++) {
      const [before, after] = [GENUINE.slice(0, index), GENUINE.slice(index + 1)];
      for (const changed of [
        ...['A', 'b', '-', '.', '=', ' '].map((character) => before + character + after),
        before + after,
        `${before}A${GENUINE.slice(index)}`,
      ]) {
        if (changed !== GENUINE && verify(changed) !== undefined) passing.push(changed);
      }
    }
    expect(passing).toEqual([]);
  });

  test('each truncation', () => {
    for (let length = 0; length < GENUINE.length; length++) expect(verify(GENUINE.slice(0, length))).toBeUndefined();
  });

  const other = signer()
    .sign({ ...CLAIMS, id: 'sig_2', role: 'SUPER_ADMIN' })
    .reveal();
  const [otherPayload = '', otherSignature = ''] = other.slice(PREFIX.length).split('.');
  const forged = payloadOf({ ...CLAIMS, kid: 'k', role: 'SUPER_ADMIN' });

  test.each([
    ['a payload that was tampered with', `${PREFIX}${forged}.${SIGNATURE}`],
    ['the payload of one and the signature of another', `${PREFIX}${otherPayload}.${SIGNATURE}`],
    ['the signature of another', `${PREFIX}${PAYLOAD}.${otherSignature}`],
    ['no signature', `${PREFIX}${PAYLOAD}`],
    ['an empty signature', `${PREFIX}${PAYLOAD}.`],
    ['an empty payload', `${PREFIX}.${SIGNATURE}`],
    ['a signature of zeros', `${PREFIX}${PAYLOAD}.${'A'.repeat(43)}`],
    ['a signature in hex', `${PREFIX}${PAYLOAD}.${Buffer.from(SIGNATURE, 'base64url').toString('hex')}`],
    ['a part too many', `${GENUINE}.${SIGNATURE}`],
    ['an empty part too many', `${GENUINE}.`],
    ['a part too many in front', `${PREFIX}e30.${PAYLOAD}.${SIGNATURE}`],
    ['padding', `${GENUINE}=`],
    ['spaces around it', ` ${GENUINE} `],
    ['another prefix', GENUINE.replace(PREFIX, 'lksi_')],
    ['no prefix', GENUINE.slice(PREFIX.length)],
    ['a JWT without a signature', `eyJhbGciOiJub25lIn0.${forged}.`],
    ['the prefix alone', PREFIX],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(verify(text)).toBeUndefined();
  });

  test('what was signed for another purpose, also under the right prefix', () => {
    const code = signer('sign-in').sign(CLAIMS);
    expect(signer('sign-in').verify(code)).toMatchObject(CLAIMS);
    expect(signer().verify(code)).toBeUndefined();
  });

  test('what another key of the same kid signed', () => {
    const [kid] = keys.split(':');
    const [, otherKey] = KeyRing.generate().split(':');
    const code = signer('admin-bearer', `${kid}:${otherKey}`).sign(CLAIMS);
    expect(signer().verify(code)).toBeUndefined();
  });

  test('what has expired, however it was signed', () => {
    for (const expiresAt of [clock.now(), clock.now() - 1, 0, -1]) {
      expect(signer().verify(signer().sign({ ...CLAIMS, expiresAt }))).toBeUndefined();
    }
  });
});
