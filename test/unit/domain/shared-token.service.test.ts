import { describe, expect, test, vi } from 'vitest';
import type { Client } from '../../../src/domain/connections/connection.js';
import { userOf } from '../../../src/domain/principal.js';
import type { AccessToken } from '../../../src/domain/tokens/access-token.js';
import type { SharedToken } from '../../../src/domain/tokens/shared-token.store.js';
import {
  accepted,
  auditEvents,
  createConnection,
  FOREIGN_SUPER_ADMIN,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../../support/services.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The audit log refuses what this user does: a fault that the database itself makes. */
const UNLUCKY = userOf('SUPER_ADMIN', 'unlucky', 'default');
const REFUSE_UNLUCKY =
  "create trigger unlucky before insert on audit_events when new.actor = 'user:unlucky' begin select raise(abort, 'unlucky'); end";

/** The bearer, and the token that it is. */
async function issue(services: Services, connectionId: string): Promise<SharedToken & { token: AccessToken }> {
  const bearer = accepted(await services.sharedTokens.issue(SUPER_ADMIN, connectionId));
  const token = await services.lookup.findLive(bearer.accessToken);
  if (token === undefined) throw new Error('the bearer is no live token');
  return { ...bearer, token };
}

async function mints(services: Services): Promise<number> {
  return (await auditEvents(services)).filter(({ action }) => action === 'token.issued').length;
}

describe('the shared bearer', () => {
  test('is the same for 50 who ask at once and for whoever asks later, minted and recorded once', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);

    const issued = await Promise.all(Array.from({ length: 50 }, () => issue(services, connection.id)));
    issued.push(await issue(services, connection.id));

    expect(new Set(issued.map(({ accessToken }) => accessToken.reveal())).size).toBe(1);
    expect(await mints(services)).toBe(1);
    const { entries } = await services.tokens.listLive(connection, { first: 10, after: undefined });
    expect(entries).toHaveLength(1);
  });

  test('is a good token', async () => {
    await using services = await openServices();
    const { connection, clientId } = await createConnection(services);
    const { accessToken } = await issue(services, connection.id);
    expect(
      await services.machines.introspect(userOf('ADMIN', 'tester', 'default'), accessToken.reveal(), 'counted'),
    ).toMatchObject({
      active: true,
      token: { clientId },
    });
  });

  test('is each connection’s own', async () => {
    await using services = await openServices();
    const [one, other] = [await createConnection(services), await createConnection(services)];
    const [first, second] = await Promise.all([one, other].map(({ connection }) => issue(services, connection.id)));
    expect(first?.token.connectionId).toBe(one.connection.id);
    expect(second?.token.connectionId).toBe(other.connection.id);
  });

  test('is followed by another when less than 15 minutes are left of it, for which nobody waits', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const first = await issue(services, connection.id);

    services.clock.advance(DAY_MS - 15 * MINUTE_MS);
    expect((await issue(services, connection.id)).token.id).toBe(first.token.id);
    expect(await mints(services)).toBe(1);
    services.clock.advance(1);
    expect((await issue(services, connection.id)).token.id).toBe(first.token.id);
    const second = await vi.waitFor(async () => {
      const next = await issue(services, connection.id);
      expect(next.token.id).not.toBe(first.token.id);
      return next;
    });

    expect(second.expiresAt).toBe(services.clock.now() + DAY_MS);
    expect(await mints(services)).toBe(2);
    // Whoever still holds the first may use it to its end.
    expect(await services.lookup.findLive(first.accessToken)).toBeDefined();
  });

  test('is given to nobody who would have less than ten minutes of it', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const first = await issue(services, connection.id);

    services.clock.advance(DAY_MS - 10 * MINUTE_MS + 1);
    const issued = await Promise.all(Array.from({ length: 10 }, () => issue(services, connection.id)));

    expect(new Set(issued.map(({ token }) => token.id)).size).toBe(1);
    expect(issued[0]?.token.id).not.toBe(first.token.id);
    expect(await mints(services)).toBe(2);
  });

  const kill: [string, (services: Services, id: string, bearer: SharedToken) => Promise<unknown>][] = [
    ['was revoked', ({ tokens }, _, { accessToken }) => tokens.revoke(SUPER_ADMIN, accessToken)],
    ['died with all tokens', ({ connections }, id) => connections.revokeTokens(SUPER_ADMIN, id)],
    ['died by a reset after a leak', ({ secrets }, id) => secrets.resetAfterLeak(SUPER_ADMIN, id)],
    [
      'died by disabling',
      async ({ connections }, id) => {
        accepted(await connections.disable(SUPER_ADMIN, id));
        accepted(await connections.enable(SUPER_ADMIN, id));
      },
    ],
  ];
  test.each(kill)('is a new one after it %s, once for all who ask', async (_, killBearer) => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const first = await issue(services, connection.id);
    await killBearer(services, connection.id, first);

    const issued = await Promise.all(Array.from({ length: 10 }, () => issue(services, connection.id)));

    expect(new Set(issued.map(({ token }) => token.id)).size).toBe(1);
    for (const { accessToken, token } of issued) {
      expect(token.id).not.toBe(first.token.id);
      expect(await services.lookup.findLive(accessToken)).toBeDefined();
    }
    expect(await mints(services)).toBe(2);
  });

  test.each([
    ['by a replica whose clock is five minutes ahead', 290_000, true],
    ['by a replica whose clock is a moment ahead', 50, false],
    ['a moment ago', -4_999, false],
    ['a while ago', -5_000, true],
  ])(
    'that the tenant refuses and that was minted %s is replaced, where the next could fare better',
    async (_, offsetMs, isReplaced) => {
      await using services = await openServices();
      const { connection } = await createConnection(services);
      const first = await issue(services, connection.id);
      services.clock.advance(10_000);
      const refused = { ...first, issuedAt: services.clock.now() + offsetMs };

      const next = await services.sharedTokens.replace(connection, refused);
      expect(next !== undefined).toBe(isReplaced);
    },
  );

  test('survives a rename and a new secret, which kill no token', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const first = await issue(services, connection.id);
    accepted(await services.connections.rename(SUPER_ADMIN, connection.id, 'renamed'));
    accepted(await services.secrets.regenerate(SUPER_ADMIN, connection.id, 0));
    expect((await issue(services, connection.id)).token.id).toBe(first.token.id);
  });

  test('that could not be minted is nobody’s, and the next who asks gets one', async () => {
    await using services = await openServices(REFUSE_UNLUCKY);
    const { connection } = await createConnection(services);

    const failed = await Promise.allSettled([
      services.sharedTokens.issue(UNLUCKY, connection.id),
      services.sharedTokens.issue(UNLUCKY, connection.id),
    ]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const { entries } = await services.tokens.listLive(connection, { first: 10, after: undefined });
    expect(entries).toEqual([]);

    const { accessToken } = await issue(services, connection.id);
    expect(await services.lookup.findLive(accessToken)).toBeDefined();
    expect(await mints(services)).toBe(1);
  });

  test('is not forgotten where another organisation names its connection', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const remembered = await issue(services, connection.id);
    // Whoever has forgotten it asks the store, which keeps the next one meanwhile.
    const { sharedTokens } = services.database;
    const acquired = await sharedTokens.acquire(connection.id, remembered.fence, MINUTE_MS);
    if (!('leasedFence' in acquired)) throw new Error('the lease is not to be had');
    const next = await services.tokens.issueFor(SUPER_ADMIN, connection as Client);
    const { issuedAt, expiresAt, generation } = next.token;
    const kept = { accessToken: next.accessToken, issuedAt, expiresAt, generation, fence: acquired.leasedFence };
    expect(await sharedTokens.keep(connection.id, kept)).toBe(true);

    const refusal = await services.sharedTokens.issue(FOREIGN_SUPER_ADMIN, connection.id);

    expect(refusal).toMatchObject({ code: 'NOT_FOUND', path: ['id'] });
    expect((await issue(services, connection.id)).token.id).toBe(remembered.token.id);
  });
});

describe('refused, with nothing minted', () => {
  test('a connection that is absent, deleted or another organisation’s, with one answer', async () => {
    await using services = await openServices();
    const foreign = await createConnection(services, 'OAUTH', FOREIGN_SUPER_ADMIN);
    const deleted = await createConnection(services);
    await issue(services, deleted.connection.id);
    accepted(await services.connections.delete(SUPER_ADMIN, deleted.connection.id));

    const refusals = await Promise.all(
      ['con_absent', foreign.connection.id, deleted.connection.id].map((id) =>
        services.sharedTokens.issue(SUPER_ADMIN, id),
      ),
    );

    expect(refusals[0]).toMatchObject({ code: 'NOT_FOUND', path: ['id'] });
    for (const refusal of refusals) expect(refusal).toEqual(refusals[0]);
    expect(await mints(services)).toBe(1);
  });

  test('an access key connection', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services, 'ACCESS_KEY');
    expect(await services.sharedTokens.issue(SUPER_ADMIN, connection.id)).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['id'],
    });
    expect(await mints(services)).toBe(0);
  });

  test('a disabled connection, also where it has a bearer', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    await issue(services, connection.id);
    accepted(await services.connections.disable(SUPER_ADMIN, connection.id));
    expect(await services.sharedTokens.issue(SUPER_ADMIN, connection.id)).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['id'],
    });
    expect(await mints(services)).toBe(1);
  });
});
