import { describe, expect, test } from 'vitest';
import {
  AuditEventsDocument,
  ConnectionTokensDocument,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  ResetAfterLeakDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
  SetAllowedCidrsDocument,
} from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { requestGraphql } from '../support/graphql-http.js';
import { createMachine, requestToken } from '../support/machine.js';
import { TestClock } from '../support/test-clock.js';

async function eventsOf(client: GraphqlClient, page: { first?: number | null; after?: string | null } = {}) {
  const { auditEvents } = await client.run(AuditEventsDocument, page);
  return auditEvents;
}

test('every change is in the log with who made it, to what and when, newest first', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const client = gateway.client();
  const { connectionId: id } = await createMachine(client, 'OAUTH', 'loader');
  const later = async (change: Promise<unknown>) => {
    await change;
    clock.advance(1000);
  };
  clock.advance(1000);
  await later(client.run(RenameConnectionDocument, { id, name: 'renamed' }));
  await later(client.run(DisableConnectionDocument, { id }));
  await later(client.run(EnableConnectionDocument, { id }));
  await later(client.run(RegenerateSecretDocument, { id }));
  await later(client.run(ResetAfterLeakDocument, { id }));
  const { issueToken } = await client.run(IssueTokenDocument, { connectionId: id });
  const token = issueToken.__typename === 'AccessToken' ? issueToken.accessToken : '';
  clock.advance(1000);
  await later(client.run(RevokeTokenDocument, { token }));
  await later(client.run(RevokeTokensDocument, { connectionId: id }));
  await later(client.run(SetAllowedCidrsDocument, { id, cidrs: ['127.0.0.1', '10.0.0.0/8'] }));
  await later(client.run(SetAllowedCidrsDocument, { id, cidrs: [] }));
  await later(client.run(DeleteConnectionDocument, { id }));

  const { edges, pageInfo } = await eventsOf(client);
  const events = edges.map(({ node }) => node).reverse();
  expect(events.map(({ action, detail }) => [action, detail])).toEqual([
    ['connection.created', 'loader'],
    ['connection.renamed', 'renamed'],
    ['connection.disabled', null],
    ['connection.enabled', null],
    ['connection.secret_regenerated', null],
    ['connection.reset_after_leak', null],
    ['token.issued', 'renamed'],
    ['token.revoked', null],
    ['connection.tokens_revoked', null],
    ['connection.allowed_cidrs_set', '127.0.0.1/32, 10.0.0.0/8'],
    ['connection.allowed_cidrs_set', 'from anywhere'],
    ['connection.deleted', 'renamed'],
  ]);
  expect(events.map(({ at }) => at)).toEqual(
    events.map((_, index) => `2026-01-01T00:00:${String(index).padStart(2, '0')}.000Z`),
  );
  for (const { actor, outcome, target, action, id: eventId } of events) {
    expect([actor, outcome]).toEqual(['user:tester', 'success']);
    expect(eventId).toMatch(/^aud_/);
    expect(target).toMatch(action.startsWith('token.') ? /^tok_/ : new RegExp(`^${id}$`));
  }
  expect(events.find(({ action }) => action === 'token.revoked')?.target).toBe(
    events.find(({ action }) => action === 'token.issued')?.target,
  );
  expect(pageInfo.hasNextPage).toBe(false);
});

test('what was refused or changed nothing is not in the log', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const machine = await createMachine(client, 'OAUTH', 'one');
  const { connectionId: id } = await createMachine(client, 'OAUTH', 'two');
  const token = await requestToken(gateway.url, machine);
  await client.run(RevokeTokenDocument, { token });
  const before = await eventsOf(client);

  await client.run(RevokeTokenDocument, { token });
  await client.run(RevokeTokenDocument, { token: 'unknown' });
  await client.run(RenameConnectionDocument, { id, name: 'ONE' });
  await client.run(RenameConnectionDocument, { id, name: '' });
  await client.run(RegenerateSecretDocument, { id, graceSeconds: 60 });
  await client.run(DeleteConnectionDocument, { id: 'con_absent' });
  await client.run(CreateConnectionDocument, { input: { name: 'one', authenticationType: 'OAUTH' } });
  expect(await eventsOf(client)).toEqual(before);
});

test('the log is paged: every event once, in order, while new ones are written', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const { connectionId: id } = await createMachine(client);
  for (let index = 0; index < 24; index++) await client.run(RenameConnectionDocument, { id, name: `name ${index}` });
  const whole = (await eventsOf(client, { first: 100 })).edges.map(({ node }) => node.id);
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: Awaited<ReturnType<typeof eventsOf>> = await eventsOf(client, { first: 10, after });
    seen.push(...page.edges.map(({ node }) => node.id));
    await client.run(RenameConnectionDocument, { id, name: 'in between' });
    ({ endCursor: after, hasNextPage: more } = page.pageInfo);
  }

  expect(seen).toEqual(whole);
  expect(seen).toHaveLength(25);
});

test('a page is of fifty where nothing is said, and of no more than asked for', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const { connectionId: id } = await createMachine(client);
  for (let index = 0; index < 55; index++) await client.run(EnableConnectionDocument, { id });

  for (const [page, length] of [
    [{}, 50],
    [{ first: null }, 50],
    [{ first: 1 }, 1],
    [{ first: 100 }, 56],
  ] as const) {
    const { edges, pageInfo } = await eventsOf(client, page);
    expect([edges.length, pageInfo.hasNextPage]).toEqual([length, length < 56]);
  }
});

describe('a page that cannot be is refused, in both lists', () => {
  test.each([
    ['first: 0', { first: 0 }, /first must be a whole number from 1 to 100/],
    ['first: -1', { first: -1 }, /first must be/],
    ['first: 101', { first: 101 }, /first must be/],
    ['first: 2^31', { first: 2 ** 31 }, /Int/],
    ['first: 1.5', { first: 1.5 }, /Int/],
    ['first: "10"', { first: '10' }, /Int/],
    ['an empty cursor', { after: '' }, /after must be a cursor/],
    ['words for a cursor', { after: 'the beginning' }, /after must be a cursor/],
    ['a cursor of words', { after: Buffer.from('x.y').toString('base64url') }, /after must be a cursor/],
    ['a cursor beyond safe integers', { after: Buffer.from('9007199254740993').toString('base64url') }, /after must/],
    ['a cursor of Infinity', { after: Buffer.from('Infinity').toString('base64url') }, /after must be a cursor/],
    ['a padded cursor', { after: `${Buffer.from('1').toString('base64')}` }, /after must be a cursor/],
    ['SQL for a cursor', { after: Buffer.from('1) or (1=1').toString('base64url') }, /after must be a cursor/],
  ])('%s', async (_what, page, message) => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const { connectionId: id } = await createMachine(client);

    for (const [document, variables] of [
      [AuditEventsDocument, page],
      [ConnectionTokensDocument, { id, ...page }],
    ] as const) {
      const { errors } = await client.send(document, variables);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
      expect(errors?.[0]?.message).toMatch(message);
    }
  });
});

test('a page says where it begins and ends, and whether it begins behind a cursor', async () => {
  await using gateway = await startTestGateway();
  await createMachine(gateway.client());
  await createMachine(gateway.client());
  const ask = async (first: number, after?: string) => {
    const query =
      'query ($first: Int, $after: String) { auditEvents(first: $first, after: $after) { edges { cursor } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }';
    const headers = { authorization: `Bearer ${gateway.bearer('ADMIN')}` };
    const { data } = await requestGraphql(gateway.url, { headers, body: { query, variables: { first, after } } });
    return (data as { auditEvents: { edges: { cursor: string }[]; pageInfo: object } }).auditEvents;
  };
  const all = (await ask(2)).edges.map(({ cursor }) => cursor);
  const [newest, oldest] = all as [string, string];

  expect((await ask(1)).pageInfo).toEqual({
    startCursor: newest,
    endCursor: newest,
    hasNextPage: true,
    hasPreviousPage: false,
  });
  expect((await ask(1, newest)).pageInfo).toEqual({
    startCursor: oldest,
    endCursor: oldest,
    hasNextPage: false,
    hasPreviousPage: true,
  });
  expect((await ask(1, oldest)).pageInfo).toEqual({
    startCursor: null,
    endCursor: null,
    hasNextPage: false,
    hasPreviousPage: true,
  });
});
