import { describe, expect, test } from 'vitest';
import type { Client } from '../../../src/domain/connections/connection.js';
import { type Principal, userOf } from '../../../src/domain/principal.js';
import type { Secret } from '../../../src/lib/secrets.js';
import {
  accepted,
  auditEvents,
  type CreatedConnection,
  createConnection,
  createRequest,
  FOREIGN_SUPER_ADMIN,
  openServices,
  type Services,
  SUPER_ADMIN,
} from '../../support/services.js';

/** Everything that a super admin can change, with the event that it leaves. */
interface Change {
  readonly action: string;
  readonly detail?: string;
  readonly act: (
    services: Services,
    principal: Principal,
    on: CreatedConnection & { token: Secret },
  ) => Promise<unknown>;
}

const CHANGES: Change[] = [
  {
    action: 'connection.created',
    detail: 'new',
    act: async ({ connections }, principal) =>
      accepted(await connections.create(principal, createRequest('new', { idempotencyKey: 'key-1' }))),
  },
  {
    action: 'connection.renamed',
    detail: 'renamed',
    act: async ({ connections }, principal, { connection }) =>
      accepted(await connections.rename(principal, connection.id, 'renamed')),
  },
  {
    action: 'connection.disabled',
    act: async ({ connections }, principal, { connection }) =>
      accepted(await connections.disable(principal, connection.id)),
  },
  {
    action: 'connection.enabled',
    act: async ({ connections }, principal, { connection }) =>
      accepted(await connections.enable(principal, connection.id)),
  },
  {
    action: 'connection.deleted',
    detail: 'kept',
    act: async ({ connections }, principal, { connection }) =>
      accepted(await connections.delete(principal, connection.id)),
  },
  {
    action: 'connection.secret_regenerated',
    act: async ({ secrets }, principal, { connection }) =>
      accepted(await secrets.regenerate(principal, connection.id, 0)),
  },
  {
    action: 'connection.reset_after_leak',
    act: async ({ secrets }, principal, { connection }) =>
      accepted(await secrets.resetAfterLeak(principal, connection.id)),
  },
  {
    action: 'connection.tokens_revoked',
    act: async ({ connections }, principal, { connection }) =>
      accepted(await connections.revokeTokens(principal, connection.id)),
  },
  {
    action: 'connection.allowed_cidrs_set',
    detail: '10.0.0.0/8, 2001:db8::1/128',
    act: async ({ connections }, principal, { connection }) =>
      accepted(await connections.setAllowedCidrs(principal, connection.id, ['10.0.0.0/8', '2001:DB8::1'])),
  },
  {
    action: 'token.revoked',
    act: ({ tokens }, principal, { token }) => tokens.revoke(principal, token),
  },
  {
    action: 'token.issued',
    detail: 'kept',
    act: async ({ sharedTokens }, principal, { connection }) =>
      accepted(await sharedTokens.issue(principal, connection.id)),
  },
];

const NAMED_CHANGES = CHANGES.map((change) => [change.action, change] as const);

/** The audit log refuses whatever this user does, by a fault of the database’s own. */
const UNLUCKY = userOf('SUPER_ADMIN', 'unlucky', 'default');
const FAULT =
  "create trigger unlucky before insert on audit_events when new.actor = 'user:unlucky' begin select raise(abort, 'the audit log is full'); end";

async function openWithConnection(...prepare: string[]) {
  const services = await openServices(...prepare);
  const created = await createConnection(services);
  const renamed = accepted(await services.connections.rename(SUPER_ADMIN, created.connection.id, 'kept'));
  const connection = renamed as Client;
  const { accessToken: token } = await services.tokens.issue(connection);
  services.clock.advance(1000);
  return { ...services, on: { ...created, connection, token } };
}

/** All of the lasting state that a change could touch. */
async function stateOf({ database, tokens, on, ...rest }: Awaited<ReturnType<typeof openWithConnection>>) {
  const { entries } = await tokens.listLive(on.connection, { first: 100, after: undefined });
  return {
    connections: await database.connections.list('default'),
    tokens: entries.map(({ node }) => node),
    idempotent: await database.idempotentCreates.find('default', 'key-1'),
    events: await auditEvents({ ...rest, database, tokens }),
  };
}

describe('each change writes exactly one event', () => {
  test.each(NAMED_CHANGES)('%s', async (action, { act, detail }) => {
    await using opened = await openWithConnection();
    const before = await auditEvents(opened);
    const foreignBefore = await auditEvents(opened, FOREIGN_SUPER_ADMIN);

    await act(opened, userOf('SUPER_ADMIN', 'someone', 'default'), opened.on);

    const [event, ...others] = (await auditEvents(opened)).slice(before.length);
    expect(others).toEqual([]);
    expect(event).toEqual({
      id: expect.stringMatching(/^aud_[0-9A-Za-z]{22}$/),
      sequence: before.length + 1,
      organizationId: 'default',
      at: opened.clock.now(),
      actor: 'user:someone',
      action,
      target: expect.stringMatching(action.startsWith('token') ? /^tok_/ : /^con_/),
      outcome: 'success',
      detail,
    });
    if (!['connection.created', 'token.issued', 'token.revoked'].includes(action)) {
      expect(event?.target).toBe(opened.on.connection.id);
    }
    expect(await auditEvents(opened, FOREIGN_SUPER_ADMIN)).toEqual(foreignBefore);
  });
});

describe('a change whose event cannot be written does not happen', () => {
  test.each(NAMED_CHANGES)('%s', async (_, { act }) => {
    await using opened = await openWithConnection(FAULT);
    const before = await stateOf(opened);

    await expect(act(opened, UNLUCKY, opened.on)).rejects.toThrow('the audit log is full');

    expect(await stateOf(opened)).toEqual(before);
    // The credentials of before are good, also where something remembers them.
    const { clientId, secret, token } = opened.on;
    expect(await opened.credentials.authenticateClient(clientId, secret)).toBeDefined();
    expect(
      await opened.machines.introspect(userOf('ADMIN', 'tester', 'default'), token.reveal(), 'counted'),
    ).toMatchObject({ active: true });
    // And the fault is the user's alone: the same change by somebody else happens, without a gap in the log.
    await act(opened, SUPER_ADMIN, opened.on);
    const events = await auditEvents(opened);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => index + 1));
    expect(events).toHaveLength(before.events.length + 1);
  });
});

test('what is refused writes no event', async () => {
  await using opened = await openWithConnection();
  const before = await auditEvents(opened);
  const { connections, secrets, sharedTokens, tokens, on } = opened;

  await connections.create(SUPER_ADMIN, createRequest('kept'));
  await connections.create(SUPER_ADMIN, createRequest(''));
  await connections.rename(SUPER_ADMIN, 'con_absent', 'name');
  await secrets.regenerate(SUPER_ADMIN, on.connection.id, 60);
  await connections.delete(FOREIGN_SUPER_ADMIN, on.connection.id);
  await sharedTokens.issue(FOREIGN_SUPER_ADMIN, on.connection.id);
  await tokens.revoke(FOREIGN_SUPER_ADMIN, on.token);

  expect(await auditEvents(opened)).toEqual(before);
  expect(await auditEvents(opened, FOREIGN_SUPER_ADMIN)).toEqual([]);
});

test('no event holds a secret', async () => {
  await using opened = await openWithConnection();
  const { secret } = accepted(await opened.secrets.resetAfterLeak(SUPER_ADMIN, opened.on.connection.id));
  const issued = accepted(await opened.sharedTokens.issue(SUPER_ADMIN, opened.on.connection.id));
  await opened.tokens.revoke(SUPER_ADMIN, issued.accessToken);

  const text = JSON.stringify(await auditEvents(opened));
  for (const each of [opened.on.secret, opened.on.token, secret, issued.accessToken]) {
    expect(text).not.toContain(each?.reveal().slice(5, 20));
  }
});

test('the log is paged newest first, and its cursors lead through all of it once', async () => {
  await using opened = await openWithConnection();
  for (let count = 0; count < 5; count++) await createConnection(opened);
  const walked: number[] = [];
  let after: string | undefined;
  for (let more = true; more; ) {
    const { entries, hasNextPage } = await opened.audit.list(SUPER_ADMIN, { first: 3, after });
    walked.push(...entries.map(({ node }) => node.sequence));
    after = entries.at(-1)?.cursor;
    more = hasNextPage;
  }
  expect(walked).toEqual([7, 6, 5, 4, 3, 2, 1]);
});
