import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/domain/connections/connection.js';
import { machineOf, userOf } from '../../../src/domain/principal.js';
import { generateSecret, isWellFormedSecret, Secret } from '../../../src/lib/secrets.js';
import {
  auditEvents,
  createConnection,
  errorCodeOf,
  FOREIGN_SUPER_ADMIN,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../../support/services.js';
import { statementsOf } from '../../support/statement-counter.js';
import { findTokens } from '../../support/stored-tokens.js';

const DAY_MS = 86_400_000;

async function liveIds(services: Services, connection: Connection, first = 100): Promise<string[]> {
  const { entries } = await services.tokens.listLive(connection, { first, after: undefined });
  return entries.map(({ node }) => node.id);
}

describe('issuing', () => {
  test('gives a new token each time, for 24 hours, of which only a digest is kept', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);

    const [first, second] = [await services.tokens.issue(connection), await services.tokens.issue(connection)];

    const now = services.clock.now();
    expect(isWellFormedSecret('accessToken', first.accessToken.reveal())).toBe(true);
    expect(first.accessToken.reveal()).not.toBe(second.accessToken.reveal());
    expect(first.token).toMatchObject({ connectionId: connection.id, issuedAt: now, expiresAt: now + DAY_MS });
    const kept = await findTokens(services.database, [first.token.digest]);
    expect(kept).toEqual([first.token]);
    expect(JSON.stringify(kept)).not.toContain(first.accessToken.reveal().slice(5));
  });

  test('many tokens at once is one write', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);

    const statements = await statementsOf(async () => {
      await Promise.all(Array.from({ length: 100 }, () => services.tokens.issue(connection)));
    });

    expect(statements.filter((text) => text.includes('insert'))).toHaveLength(1);
    expect(await liveIds(services, connection)).toHaveLength(100);
  });

  test('to a machine that proved itself leaves no audit event; in a machine’s name it leaves one', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    await services.tokens.issue(connection);
    const { token } = await services.tokens.issueFor(SUPER_ADMIN, connection);

    expect((await auditEvents(services)).slice(1)).toMatchObject([
      { action: 'token.issued', actor: 'user:tester', target: token.id, detail: connection.name, at: token.issuedAt },
    ]);
    expect(await liveIds(services, connection)).toHaveLength(2);
  });
});

describe('the list of live tokens', () => {
  test('is newest first, and its cursors lead through all of it once', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const issued: { readonly id: string; readonly issuedAt: number }[] = [];
    for (let count = 0; count < 7; count++) {
      issued.push((await services.tokens.issue(connection)).token);
      if (count % 3 === 0) services.clock.advance(1000);
    }
    // Those of one instant by their ids.
    const newestFirst = issued.toSorted((a, b) => b.issuedAt - a.issuedAt || (a.id < b.id ? 1 : -1));

    const walked: string[] = [];
    let after: string | undefined;
    for (let more = true; more; ) {
      const { entries, hasNextPage } = await services.tokens.listLive(connection, { first: 2, after });
      walked.push(...entries.map(({ node }) => node.id));
      after = entries.at(-1)?.cursor;
      more = hasNextPage;
    }
    expect(walked).toEqual(newestFirst.map(({ id }) => id));
  });

  test('holds a token until it expires or is revoked', async () => {
    await using services = await openServices();
    const { connection } = await createConnection(services);
    const old = await services.tokens.issue(connection);
    services.clock.advance(DAY_MS - 1);
    const young = await services.tokens.issue(connection);
    expect(await liveIds(services, connection)).toEqual([young.token.id, old.token.id]);

    services.clock.advance(1);
    expect(await liveIds(services, connection)).toEqual([young.token.id]);
    await services.tokens.revoke(SUPER_ADMIN, young.accessToken);
    expect(await liveIds(services, connection)).toEqual([]);
  });
});

describe('revoking', () => {
  async function openWithToken() {
    const services = await openServices();
    const client = await createConnection(services);
    const { accessToken, token } = await services.tokens.issue(client.connection);
    const isLive = async () => (await services.lookup.findLive(accessToken)) !== undefined;
    const revocations = async () =>
      (await auditEvents(services)).filter(({ action }) => action === 'token.revoked').map(({ actor }) => actor);
    return { ...services, ...client, accessToken, token, isLive, revocations };
  }

  test('kills that one token, and is recorded with who did it', async () => {
    await using opened = await openWithToken();
    const another = await opened.tokens.issue(opened.connection);

    await opened.tokens.revoke(userOf('ADMIN', 'someone', 'default'), opened.accessToken);

    expect(await opened.isLive()).toBe(false);
    expect(await opened.lookup.findLive(another.accessToken)).toBeDefined();
    expect((await auditEvents(opened)).at(-1)).toMatchObject({
      action: 'token.revoked',
      actor: 'user:someone',
      target: opened.token.id,
    });
  });

  test('works for the machine that the token was issued to', async () => {
    await using opened = await openWithToken();
    await opened.tokens.revoke(machineOf(opened.connection, 'client secret'), opened.accessToken);
    expect(await opened.isLive()).toBe(false);
    expect(await opened.revocations()).toEqual([`machine:${opened.clientId}`]);
  });

  test('changes nothing where the caller may not, and says so to machines of the organisation alone', async () => {
    await using opened = await openWithToken();
    const another = await createConnection(opened);
    const key = await createConnection(opened, 'ACCESS_KEY');
    const foreign = await createConnection(opened, 'OAUTH', FOREIGN_SUPER_ADMIN);
    for (const { connection } of [another, key]) {
      const machine = machineOf(connection, 'client secret');
      expect(await errorCodeOf(opened.tokens.revoke(machine, opened.accessToken))).toBe('UNAUTHORIZED_CLIENT');
    }
    for (const principal of [
      machineOf(foreign.connection, 'client secret'),
      // A client id that is claimed in another organisation is another principal.
      machineOf({ ...opened.connection, organizationId: 'other' }, 'client secret'),
      FOREIGN_SUPER_ADMIN,
    ]) {
      expect(await opened.tokens.revoke(principal, opened.accessToken)).toBeUndefined();
    }
    expect(await opened.isLive()).toBe(true);
    expect(await opened.revocations()).toEqual([]);
    expect(await auditEvents(opened, FOREIGN_SUPER_ADMIN)).toHaveLength(1);
  });

  test('what is unknown, malformed, expired or revoked already is no error and leaves no event', async () => {
    await using opened = await openWithToken();
    await opened.tokens.revoke(SUPER_ADMIN, opened.accessToken);
    const expired = await opened.tokens.issue(opened.connection);
    opened.clock.advance(DAY_MS);

    for (const token of [
      opened.accessToken,
      expired.accessToken,
      opened.secret,
      generateSecret('accessToken'),
      new Secret(''),
    ]) {
      expect(await opened.tokens.revoke(SUPER_ADMIN, token)).toBeUndefined();
    }
    expect(await opened.revocations()).toEqual(['user:tester']);
  });

  test('by many at once is recorded once', async () => {
    await using opened = await openWithToken();
    await Promise.all(Array.from({ length: 20 }, () => opened.tokens.revoke(SUPER_ADMIN, opened.accessToken)));
    expect(await opened.isLive()).toBe(false);
    expect(await opened.revocations()).toEqual(['user:tester']);
  });
});

test('sweeping forgets expired tokens in slices of a thousand, and says whether there may be more', async () => {
  await using services = await openServices();
  const { connection } = await createConnection(services);
  const issue = (count: number) => Promise.all(Array.from({ length: count }, () => services.tokens.issue(connection)));
  const expired = await issue(1500);
  services.clock.advance(DAY_MS);
  const [live] = await issue(1);
  const left = async () =>
    (
      await findTokens(
        services.database,
        expired.map(({ token }) => token.digest),
      )
    ).filter(Boolean).length;

  expect(await services.tokens.sweepExpired()).toBe(true);
  expect(await services.tokens.sweepExpired()).toBe(false);
  expect(await left()).toBe(0);
  expect(await liveIds(services, connection)).toEqual([live?.token.id]);
});
