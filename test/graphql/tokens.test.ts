import { describe, expect, test } from 'vitest';
import {
  AuditEventsDocument,
  ConnectionTokensDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IntrospectTokenConnectionDocument,
  IntrospectTokenDocument,
  IntrospectTokensDocument,
  RevokeListedTokenDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine, requestToken } from '../support/machine.js';
import { statementsOf } from '../support/statement-counter.js';
import { TestClock } from '../support/test-clock.js';

const DAY_MS = 86_400_000;
const INACTIVE = { active: false, clientId: null, tokenType: null, issuedAt: null, expiresAt: null };

async function introspect(client: GraphqlClient, token: string) {
  const { introspectToken } = await client.run(IntrospectTokenDocument, { token });
  return introspectToken;
}

async function tokensOf(
  client: GraphqlClient,
  id: string,
  page: { first?: number | null; after?: string | null } = {},
) {
  const { connection } = await client.run(ConnectionTokensDocument, { id, ...page });
  if (connection === null || !('tokens' in connection)) throw new Error('no OAuth connection');
  return connection.tokens;
}

test('a live token introspects with all that is known of it, until the millisecond of its expiry', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const client = gateway.client();
  const machine = await createMachine(client, 'OAUTH', 'loader');
  const token = await requestToken(gateway.url, machine);
  const live = {
    active: true,
    clientId: machine.clientId,
    tokenType: 'Bearer',
    issuedAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-02T00:00:00.000Z',
  };
  // Users' bearers live for an hour here: one that is as young as the question.
  const asked = () => introspect(gateway.client(), token);

  expect(await asked()).toEqual(live);
  const { introspectToken } = await client.run(IntrospectTokenConnectionDocument, { token });
  expect(introspectToken.connection).toEqual({ id: machine.connectionId, name: 'loader' });
  clock.advance(DAY_MS - 1);
  expect(await asked()).toEqual(live);
  clock.advance(1);
  expect(await asked()).toEqual(INACTIVE);
});

describe('what ends a token ends it at once', () => {
  test.each<[string, (client: GraphqlClient, id: string, token: string) => Promise<unknown>]>([
    ['revokeToken', (client, _id, token) => client.run(RevokeTokenDocument, { token })],
    ['revokeTokens', (client, connectionId) => client.run(RevokeTokensDocument, { connectionId })],
    ['disableConnection', (client, id) => client.run(DisableConnectionDocument, { id })],
    ['deleteConnection', (client, id) => client.run(DeleteConnectionDocument, { id })],
  ])('%s', async (_name, end) => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const machine = await createMachine(client);
    const token = await requestToken(gateway.url, machine);
    const asMachine = gateway.client({ authorization: `Bearer ${token}` });
    expect(await introspect(asMachine, token)).toMatchObject({ active: true });

    await end(client, machine.connectionId, token);
    expect(await introspect(client, token)).toEqual(INACTIVE);
    const { status, errors } = await asMachine.send(IntrospectTokenDocument, { token });
    expect([status, errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

test('a token that died with its connection disabled stays dead when it is enabled', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const machine = await createMachine(client);
  const token = await requestToken(gateway.url, machine);
  await client.run(DisableConnectionDocument, { id: machine.connectionId });
  await client.run(EnableConnectionDocument, { id: machine.connectionId });

  expect(await introspect(client, token)).toEqual(INACTIVE);
  expect(await introspect(client, await requestToken(gateway.url, machine))).toMatchObject({ active: true });
});

test('revoking says the same of a live token, a dead one and none, and ends no other', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const machine = await createMachine(client);
  const [token, other] = [await requestToken(gateway.url, machine), await requestToken(gateway.url, machine)];

  for (const text of [token, token, 'unknown', machine.secret, `lkat_${'0'.repeat(49)}`]) {
    const { revokeToken } = await client.run(RevokeTokenDocument, { token: text });
    expect(revokeToken).toEqual({ __typename: 'TokenRevoked', revoked: true });
  }
  expect(await introspect(client, other)).toMatchObject({ active: true });
  const { revokeToken } = await client.run(RevokeTokenDocument, { token: '' });
  expect(revokeToken).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', path: ['token'] });
});

test('a listed token is revoked by its id, once in the audit log; for whatever else the answer is the same', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const [machine, another] = [await createMachine(client), await createMachine(client)];
  const { connectionId } = machine;
  const [first, second] = [await requestToken(gateway.url, machine), await requestToken(gateway.url, machine)];
  const ofAnother = await requestToken(gateway.url, another);
  const idsOf = async (id: string) => {
    const { connection } = await client.run(ConnectionTokensDocument, { id });
    return connection?.__typename === 'OAuthConnection'
      ? (connection.tokens?.edges.map(({ node }) => node.id) ?? [])
      : [];
  };
  const activities = () =>
    Promise.all([first, second, ofAnother].map(async (token) => (await introspect(client, token)).active));
  expect(await activities()).toEqual([true, true, true]);
  const [newest = ''] = await idsOf(connectionId);
  const [foreign = ''] = await idsOf(another.connectionId);

  for (const tokenId of [foreign, newest, newest, 'tok_unknown', '']) {
    const { revokeListedToken } = await client.run(RevokeListedTokenDocument, { connectionId, tokenId });
    expect(revokeListedToken).toEqual({ __typename: 'TokenRevoked', revoked: true });
  }
  expect((await activities()).filter(Boolean)).toHaveLength(2);
  expect(await idsOf(connectionId)).toHaveLength(1);
  expect(await introspect(client, ofAnother)).toMatchObject({ active: true });
  const { auditEvents } = await client.run(AuditEventsDocument, { first: 100 });
  const revoked = auditEvents?.edges.filter(({ node }) => node.action === 'token.revoked');
  expect(revoked).toMatchObject([{ node: { target: newest, actor: 'user:tester' } }]);
});

test('a hundred tokens are introspected in their order; a hundred and one are refused', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const machine = await createMachine(client);
  const live = await Promise.all(Array.from({ length: 50 }, () => requestToken(gateway.url, machine)));
  const tokens = live.flatMap((token) => [token, 'dead']);

  const { introspectTokens } = await client.run(IntrospectTokensDocument, { tokens });
  expect(introspectTokens.map(({ active }) => active)).toEqual(tokens.map((token) => token !== 'dead'));
  expect((await client.run(IntrospectTokensDocument, { tokens: [] })).introspectTokens).toEqual([]);
  const { errors } = await client.send(IntrospectTokensDocument, { tokens: [...tokens, 'one more'] });
  expect(errors).toMatchObject([{ path: ['introspectTokens'], extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(errors?.[0]?.message).toMatch(/at most 100.*101/);
});

test('a hundred aliased introspections are one look-up, and each its own answer', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const machine = await createMachine(client);
  const tokens = await Promise.all(Array.from({ length: 100 }, () => requestToken(gateway.url, machine)));
  await client.run(RevokeTokenDocument, { token: tokens[42] ?? '' });
  const query = `{ ${tokens.map((token, index) => `t${index}: introspectToken(token: "${token}") { active }`).join(' ')} }`;
  let data: unknown;
  const statements = await statementsOf(async () => {
    ({ data } = await client.send(query));
  });

  expect(data).toEqual(Object.fromEntries(tokens.map((_, index) => [`t${index}`, { active: index !== 42 }])));
  expect(statements.filter((text) => text.includes('access_tokens t'))).toHaveLength(1);
});

test('the live tokens of a connection are paged newest first, though many are of one instant', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const client = gateway.client();
  const machine = await createMachine(client);
  const made: string[] = [];
  for (let index = 0; index < 25; index++) made.push(await requestToken(gateway.url, machine));
  const seen: { id: string; issuedAt: string }[] = [];
  const sizes: number[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: Awaited<ReturnType<typeof tokensOf>> = await tokensOf(client, machine.connectionId, {
      first: 10,
      after,
    });
    seen.push(...page.edges.map(({ node }) => node));
    sizes.push(page.edges.length);
    expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor);
    // What is issued between two pages belongs before the first: it moves none.
    clock.advance(1);
    await requestToken(gateway.url, machine);
    ({ endCursor: after, hasNextPage: more } = page.pageInfo);
  }

  expect(sizes).toEqual([10, 10, 5]);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(25);
  expect(seen.map(({ id }) => id).join()).not.toContain('lkat_');
  // Of the whole list, the newest three are those that were issued in between.
  const { edges } = await tokensOf(client, machine.connectionId, { first: 100 });
  expect(edges.slice(3).map(({ node }) => node.id)).toEqual(seen.map(({ id }) => id));
});

test('the list of tokens shows their last use at once, and leaves out those that live no longer', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const client = gateway.client();
  const machine = await createMachine(client);
  const [old, revoked] = [await requestToken(gateway.url, machine), await requestToken(gateway.url, machine)];
  clock.advance(1000);
  const kept = await requestToken(gateway.url, machine);
  await introspect(client, kept);

  const { edges } = await tokensOf(client, machine.connectionId, {});
  expect(edges.map(({ node }) => node.lastUsedAt)).toEqual(['2026-01-01T00:00:01.000Z', null, null]);
  expect(edges[0]?.node).toMatchObject({ connectionId: machine.connectionId, expiresAt: '2026-01-02T00:00:01.000Z' });
  await client.run(RevokeTokenDocument, { token: revoked });
  clock.advance(DAY_MS - 1000);
  expect(await introspect(gateway.client(), old)).toEqual(INACTIVE);
  const { edges: left } = await tokensOf(gateway.client(), machine.connectionId, {});
  expect(left.map(({ node }) => node.id)).toEqual([edges[0]?.node.id]);
  await gateway.client().run(RevokeTokensDocument, { connectionId: machine.connectionId });
  expect(await tokensOf(gateway.client(), machine.connectionId)).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  });
});
