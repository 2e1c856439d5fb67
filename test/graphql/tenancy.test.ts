import { describe, expect, test } from 'vitest';
import {
  AuditEventsDocument,
  ConnectionDocument,
  ConnectionsDocument,
  ConnectionTokensDocument,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IntrospectTokenConnectionDocument,
  IntrospectTokenDocument,
  IntrospectTokensDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  ResetAfterLeakDocument,
  RevokeListedTokenDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { createCallers } from '../support/callers.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';

const asSuperAdminOf = (gateway: TestGateway, organizationId: string) => ({
  authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', organizationId)}`,
});

/** Every operation that takes the id of a connection, of either type. */
const BY_ID: readonly (readonly [name: string, document: { toString(): string }, variables: (id: string) => object])[] =
  [
    ['connection', ConnectionDocument, (id) => ({ id })],
    ['connection with its tokens', ConnectionTokensDocument, (id) => ({ id })],
    ['renameConnection', RenameConnectionDocument, (id) => ({ id, name: 'taken over' })],
    ['disableConnection', DisableConnectionDocument, (id) => ({ id })],
    ['enableConnection', EnableConnectionDocument, (id) => ({ id })],
    ['deleteConnection', DeleteConnectionDocument, (id) => ({ id })],
    ['regenerateSecret', RegenerateSecretDocument, (id) => ({ id })],
    ['regenerateSecret with an overlap', RegenerateSecretDocument, (id) => ({ id, graceSeconds: 60 })],
    ['resetAfterLeak', ResetAfterLeakDocument, (id) => ({ id })],
    ['issueToken', IssueTokenDocument, (connectionId) => ({ connectionId })],
    ['revokeTokens', RevokeTokensDocument, (connectionId) => ({ connectionId })],
    ['revokeListedToken', RevokeListedTokenDocument, (connectionId) => ({ connectionId, tokenId: 'tok_any' })],
    [
      '_entities',
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on OAuthConnection { id name tokens { edges { cursor } } } } }',
      (id) => ({ of: [{ __typename: 'OAuthConnection', id }] }),
    ],
  ];

/** The answer to its last byte, but for what differs between any two requests. */
async function answerTo(gateway: TestGateway, query: string, variables: object): Promise<string> {
  const { status, headers, text } = await requestGraphql(gateway.url, {
    headers: asSuperAdminOf(gateway, 'default'),
    body: { query, variables },
  });
  const kept = [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  return JSON.stringify({ status, kept, text });
}

describe("another organisation's connection and an absent one are one answer", () => {
  test.each(BY_ID)('%s', async (_name, document, variables) => {
    await using gateway = await startTestGateway();
    const foreign = await createCallers(gateway, 'other');
    const token = await requestToken(gateway.url, foreign.oauth);
    const before = await stateOf(gateway, 'other');

    for (const { connectionId } of [foreign.oauth, foreign.accessKey]) {
      const absent = `con_${'0'.repeat(connectionId.length - 4)}`;
      const query = document.toString();
      const toForeign = await answerTo(gateway, query, variables(connectionId));
      expect(toForeign).toBe(await answerTo(gateway, query, variables(absent)));
      expect(toForeign).toMatch(/NOT_FOUND|INVALID_INPUT|:null\}|:\[null\]/);
    }
    expect(await stateOf(gateway, 'other')).toEqual(before);
    expect(await isActive(gateway.url, foreign.oauth, token)).toBe(true);
  });
});

/** What an organisation's own super admin sees of it. */
async function stateOf(gateway: TestGateway, organizationId: string) {
  const superAdmin = gateway.client(asSuperAdminOf(gateway, organizationId));
  const { connections } = await superAdmin.run(ConnectionsDocument, {});
  const { auditEvents } = await superAdmin.run(AuditEventsDocument, { first: 100 });
  return { connections, audit: auditEvents.edges };
}

test("another organisation's token introspects byte for byte as an unknown one", async () => {
  await using gateway = await startTestGateway();
  const machine = await createMachine(gateway.client(asSuperAdminOf(gateway, 'other')));
  const foreign = await requestToken(gateway.url, machine);
  const unknown = ['', 'x', `${foreign.slice(0, -1)}!`, `lkat_${'0'.repeat(49)}`, 'Bearer x', machine.secret];

  for (const document of [IntrospectTokenDocument, IntrospectTokenConnectionDocument]) {
    const answer = await answerTo(gateway, document.toString(), { token: foreign });
    for (const token of unknown) expect(await answerTo(gateway, document.toString(), { token })).toBe(answer);
  }
  const many = await answerTo(gateway, IntrospectTokensDocument.toString(), { tokens: [foreign, foreign] });
  expect(many).toBe(await answerTo(gateway, IntrospectTokensDocument.toString(), { tokens: ['x', 'y'] }));
});

test("another organisation's token is not revoked, in the words of a token that is", async () => {
  await using gateway = await startTestGateway();
  const machine = await createMachine(gateway.client(asSuperAdminOf(gateway, 'other')));
  const foreign = await requestToken(gateway.url, machine);
  const own = await requestToken(gateway.url, await createMachine(gateway.client()));
  const query = RevokeTokenDocument.toString();

  expect(await answerTo(gateway, query, { token: foreign })).toBe(await answerTo(gateway, query, { token: own }));
  expect(await isActive(gateway.url, machine, foreign)).toBe(true);
});

test('two organisations have names, caps and idempotency keys of their own', async () => {
  await using gateway = await startTestGateway();
  const made = new Map<string, string[]>();
  for (const organizationId of ['default', 'other']) {
    const client = gateway.client(asSuperAdminOf(gateway, organizationId));
    const create = async (name: string, authenticationType: 'OAUTH' | 'ACCESS_KEY', idempotencyKey?: string) => {
      const input = { name, authenticationType, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
      const { createConnection } = await client.run(CreateConnectionDocument, { input });
      return createConnection;
    };
    // The same names under the same idempotency keys in both; one organisation is full before the other begins.
    for (let index = 1; index <= 15; index++) {
      expect(await create(`machine ${index}`, 'OAUTH', `key-${index}`)).toMatchObject({
        __typename: 'ConnectionCreated',
        secret: expect.stringMatching(/^lkcs_/),
      });
    }
    expect(await create('the key', 'ACCESS_KEY')).toMatchObject({ __typename: 'ConnectionCreated' });
    expect(await create('one more', 'OAUTH')).toMatchObject({ code: 'OAUTH_LIMIT', limit: 15 });
    expect(await create('one more', 'ACCESS_KEY')).toMatchObject({ code: 'ACCESS_KEY_LIMIT', limit: 1 });
    made.set(
      organizationId,
      (await client.run(ConnectionsDocument, {})).connections.map(({ id }) => id),
    );
  }

  const [first = [], second = []] = made.values();
  expect([first.length, second.length]).toEqual([16, 16]);
  expect(new Set([...first, ...second]).size).toBe(32);
});

test("an organisation's lists and log hold its own alone, by another one's cursors too", async () => {
  await using gateway = await startTestGateway();
  const { headers } = await createCallers(gateway);
  const foreign = await createCallers(gateway, 'other');
  const admin = gateway.client(headers.ADMIN);
  const foreignAdmin = gateway.client(foreign.headers.ADMIN);
  const { auditEvents: theirs } = await foreignAdmin.run(AuditEventsDocument, { first: 1 });
  const cursor = theirs.pageInfo.endCursor;

  const { auditEvents } = await admin.run(AuditEventsDocument, { first: 100 });
  const { auditEvents: behindTheirs } = await admin.run(AuditEventsDocument, { first: 100, after: cursor });
  const targets = [...auditEvents.edges, ...behindTheirs.edges].map(({ node }) => node.target);
  const own = (await admin.run(ConnectionsDocument, {})).connections.map(({ id }) => id);

  expect(own).toHaveLength(2);
  expect(targets.length).toBeGreaterThan(2);
  expect(targets.filter((target) => !own.includes(target ?? ''))).toEqual([]);
});
