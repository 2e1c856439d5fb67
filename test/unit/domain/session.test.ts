import { expect, test } from 'vitest';
import { userOf } from '../../../src/domain/principal.js';
import { SessionService } from '../../../src/domain/sign-in/session.service.js';
import { KeyRing } from '../../../src/lib/key-ring.js';
import { generateSecret, Secret } from '../../../src/lib/secrets.js';
import { auditEvents, errorCodeOf, openServices } from '../../support/services.js';

const ADA = userOf('SUPER_ADMIN', 'ada', 'default');
const MINUTE_MS = 60_000;

async function openSessions() {
  const services = await openServices();
  const { keyRing, clock, database } = services;
  const serviceWith = (ring: KeyRing) =>
    new SessionService({ sessions: database.sessions, changing: database, keyRing: ring, clock });
  const sessions = serviceWith(keyRing);
  const begin = async (user = ADA) => {
    const { secret, session } = sessions.prepare(user, clock.now());
    await database.change(user.organizationId, (writers) => writers.sessions.create(session));
    return secret;
  };
  return {
    ...services,
    sessions,
    serviceWith,
    begin,
    codeOf: (secret: Secret) => errorCodeOf(sessions.authenticate(secret)),
  };
}

test('a session is its user’s, and nobody else’s', async () => {
  await using opened = await openSessions();
  const grace = userOf('ADMIN', 'grace', 'other');
  const [ofAda, ofGrace] = [await opened.begin(), await opened.begin(grace)];

  expect(await opened.sessions.authenticate(ofAda)).toEqual(ADA);
  expect(await opened.sessions.authenticate(ofGrace)).toEqual(grace);
});

test('what is no session’s secret is refused, as one of a session that never was', async () => {
  await using opened = await openSessions();
  const text = (await opened.begin()).reveal();
  for (const secret of [
    '',
    'lkss_',
    text.slice(0, -1),
    `${text}x`,
    text.toLowerCase(),
    text.replace('lkss_', 'lkat_'),
  ]) {
    expect([secret, await opened.codeOf(new Secret(secret))]).toEqual([secret, 'UNAUTHENTICATED']);
  }
  expect(await opened.codeOf(generateSecret('session'))).toBe('UNAUTHENTICATED');
});

test('a session ends after half an hour without a request', async () => {
  await using opened = await openSessions();
  const secret = await opened.begin();
  opened.clock.advance(30 * MINUTE_MS - 1);
  expect(await opened.codeOf(secret)).toBe('no error');
  opened.clock.advance(30 * MINUTE_MS - 1);
  expect(await opened.codeOf(secret)).toBe('no error');
  opened.clock.advance(30 * MINUTE_MS);
  expect(await opened.codeOf(secret)).toBe('UNAUTHENTICATED');
});

test('a session ends eight hours after its sign-in, however busy its user is', async () => {
  await using opened = await openSessions();
  const secret = await opened.begin();
  for (let minute = 0; minute < 8 * 60; minute += 20) {
    expect([minute, await opened.codeOf(secret)]).toEqual([minute, 'no error']);
    opened.clock.advance(20 * MINUTE_MS);
  }
  expect(await opened.codeOf(secret)).toBe('UNAUTHENTICATED');
});

test('a last use is written once a minute, so a session may end a minute early', async () => {
  await using opened = await openSessions();
  const secret = await opened.begin();
  const digests = opened.keyRing.digests('session-digest', secret.reveal());
  const lastSeenAt = async () => (await opened.database.sessions.find(digests))?.lastSeenAt;
  const beganAt = opened.clock.now();
  opened.clock.advance(MINUTE_MS - 1);
  await opened.sessions.authenticate(secret);
  expect(await lastSeenAt()).toBe(beganAt);
  opened.clock.advance(1);
  await opened.sessions.authenticate(secret);
  expect(await lastSeenAt()).toBe(beganAt + MINUTE_MS);
});

test('a sign-out ends the session at once, alone, and is recorded once', async () => {
  await using opened = await openSessions();
  const [secret, other] = [await opened.begin(), await opened.begin()];
  const codes = await Promise.all(
    Array.from({ length: 10 }, () => errorCodeOf(opened.sessions.signOut(secret, 'this session'))),
  );
  expect(codes).toEqual(Array(10).fill('no error'));
  expect([await opened.codeOf(secret), await opened.codeOf(other)]).toEqual(['UNAUTHENTICATED', 'no error']);
  expect(await auditEvents(opened)).toMatchObject([{ action: 'user.signed_out', actor: 'user:ada', target: 'ada' }]);
});

test('a sign-out everywhere ends every session of the user, in this organisation', async () => {
  await using opened = await openSessions();
  const [secret, other] = [await opened.begin(), await opened.begin()];
  const kept = [
    await opened.begin(userOf('ADMIN', 'grace', 'default')),
    await opened.begin(userOf('ADMIN', 'ada', 'other')),
  ];
  await opened.sessions.signOut(secret, 'all sessions of the user');
  const codes = await Promise.all([secret, other, ...kept].map(opened.codeOf));
  expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'no error', 'no error']);
});

test('a session outlives a new key in front of its own, and not its own', async () => {
  await using opened = await openSessions();
  const [older, newer] = [KeyRing.generate(), KeyRing.generate()];
  const before = opened.serviceWith(KeyRing.parse(older));
  const { secret, session } = before.prepare(ADA, opened.clock.now());
  await opened.database.change('default', ({ sessions }) => sessions.create(session));
  expect(await opened.serviceWith(KeyRing.parse(`${newer},${older}`)).authenticate(secret)).toEqual(ADA);
  expect(await errorCodeOf(opened.serviceWith(KeyRing.parse(newer)).authenticate(secret))).toBe('UNAUTHENTICATED');
});

test('the store holds nothing from which the secret could be told', async () => {
  await using opened = await openSessions();
  const secret = await opened.begin();
  const digests = opened.keyRing.digests('session-digest', secret.reveal());
  const stored = JSON.stringify(await opened.database.sessions.find(digests));
  expect(stored).not.toContain(secret.reveal().slice(5, 12));
});
