import { expect, test } from 'vitest';
import { OrganizationDirectory } from '../../../src/domain/organizations/organization.directory.js';
import { userOf } from '../../../src/domain/principal.js';
import { AdminTokens } from '../../../src/domain/sign-in/admin-tokens.js';
import { SessionService } from '../../../src/domain/sign-in/session.service.js';
import { SignInLinks, SignInService } from '../../../src/domain/sign-in/sign-in.service.js';
import { Secret } from '../../../src/lib/secrets.js';
import { auditEvents, errorCodeOf, FOREIGN_SUPER_ADMIN, openServices } from '../../support/services.js';

async function openSignIn(...prepare: string[]) {
  const services = await openServices(...prepare);
  const { keyRing, clock, database } = services;
  const links = new SignInLinks(keyRing, clock);
  const adminTokens = new AdminTokens(keyRing, clock);
  const organizations = new OrganizationDirectory([
    { id: 'default', issuer: 'LOCAL' },
    { id: 'other', issuer: 'LOCAL' },
  ]);
  const sessions = new SessionService({ sessions: database.sessions, changing: database, keyRing, clock });
  const signIns = new SignInService({ links, sessions, changing: database, organizations, clock });
  const codeOf = (organizationId = 'default') => {
    const link = new URL(links.create('http://127.0.0.1:4000', organizationId).reveal());
    return new Secret(link.searchParams.get('code') ?? '');
  };
  return { ...services, links, adminTokens, sessions, signIns, codeOf };
}

test('a link leads to the sign-in page of the gateway and needs no encoding', async () => {
  await using opened = await openSignIn();
  const link = opened.links.create('https://gateway.example.com/base', 'default').reveal();
  expect(link).toMatch(/^https:\/\/gateway\.example\.com\/base\/sign-in\?code=lksi_[A-Za-z0-9_.-]+$/);
});

test('a code begins a session of a super admin of its organisation, and is recorded', async () => {
  await using opened = await openSignIn();

  const secret = await opened.signIns.redeem(opened.codeOf('other'));

  const user = await opened.sessions.authenticate(secret);
  expect(user).toEqual(userOf('SUPER_ADMIN', 'first-super-admin', 'other'));
  const events = await auditEvents(opened, FOREIGN_SUPER_ADMIN);
  expect(events).toMatchObject([
    { action: 'user.signed_in', actor: 'user:first-super-admin', target: 'first-super-admin', at: opened.clock.now() },
  ]);
  expect(await auditEvents(opened)).toEqual([]);
});

test('of 50 callers that redeem a code at once one signs in, and later ones do not', async () => {
  await using opened = await openSignIn();
  const code = opened.codeOf();

  const outcomes = await Promise.all(Array.from({ length: 50 }, () => errorCodeOf(opened.signIns.redeem(code))));

  expect(outcomes.filter((outcome) => outcome === 'no error')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'INVALID_TOKEN')).toHaveLength(49);
  expect(await errorCodeOf(opened.signIns.redeem(code))).toBe('INVALID_TOKEN');
  expect(await auditEvents(opened)).toHaveLength(1);
});

test('a code is refused once its 15 minutes are over', async () => {
  await using opened = await openSignIn();
  const [inTime, late] = [opened.codeOf(), opened.codeOf()];
  opened.clock.advance(15 * 60_000 - 1);
  expect(await errorCodeOf(opened.signIns.redeem(inTime))).toBe('no error');
  opened.clock.advance(1);
  expect(await errorCodeOf(opened.signIns.redeem(late))).toBe('INVALID_TOKEN');
});

test('what is no code of ours is refused', async () => {
  await using opened = await openSignIn();
  const bearer = opened.adminTokens.issue({
    subject: 'someone',
    role: 'SUPER_ADMIN',
    organizationId: 'default',
    lifetimeMs: 60_000,
  });
  const relabelled = new Secret(bearer.reveal().replace('lkad_', 'lksi_'));
  for (const code of [new Secret(''), new Secret('lksi_x.y'), bearer, relabelled]) {
    expect(await errorCodeOf(opened.signIns.redeem(code))).toBe('INVALID_TOKEN');
  }
  expect(await opened.database.signIns.hasAny()).toBe(false);
});

test('a code of an organisation that is not configured is refused', async () => {
  await using opened = await openSignIn();
  expect(await errorCodeOf(opened.signIns.redeem(opened.codeOf('gone')))).toBe('INVALID_TOKEN');
  expect(await opened.database.signIns.hasAny()).toBe(false);
});

test('a code is not used up where the sign-in cannot be recorded', async () => {
  await using opened = await openSignIn(
    "create trigger full before insert on audit_events when new.at < 1767225600001 begin select raise(abort, 'full'); end",
  );
  const code = opened.codeOf();

  await expect(opened.signIns.redeem(code)).rejects.toThrow('full');
  opened.clock.advance(1);

  expect(await errorCodeOf(opened.signIns.redeem(code))).toBe('no error');
});
