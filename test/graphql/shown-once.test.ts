import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConnectionsDocument } from '../generated/graphql.js';
import { type CallerSet, createCallers } from '../support/callers.js';
import { captureLog } from '../support/captured-log.js';
import { startDamagedGateway } from '../support/damaged-gateway.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';
import { requestToken } from '../support/machine.js';

const CREATE = 'createConnection(input: { name: "new", authenticationType: OAUTH })';
const SECRET = expect.stringMatching(/^lkcs_\w{49}$/);

describe('what a mutation shows once is shown, whatever fails beside it', () => {
  const TOKENS = 'drop table access_tokens';
  const VALUE = "update connections set connector = 'GONE'";
  const cases: [what: string, damage: string, document: string, data: object, path: string[]][] = [
    [
      "the connection's tokens, of a secret that was regenerated",
      TOKENS,
      '{ m: regenerateSecret(id: "$id") { ... on SecretCreated { secret connection { ... on OAuthConnection { tokens { edges { cursor } } } } } } }',
      { m: { secret: SECRET, connection: { tokens: null } } },
      ['m', 'connection', 'tokens'],
    ],
    [
      "the connection's tokens, of a secret that was reset after a leak",
      TOKENS,
      '{ m: resetAfterLeak(id: "$id") { ... on SecretCreated { secret connection { ... on OAuthConnection { tokens { edges { cursor } } } } } } }',
      { m: { secret: SECRET, connection: { tokens: null } } },
      ['m', 'connection', 'tokens'],
    ],
    [
      "a new connection's tokens",
      TOKENS,
      `{ m: ${CREATE} { ... on ConnectionCreated { secret connection { ... on OAuthConnection { tokens { edges { cursor } } } } } } }`,
      { m: { secret: SECRET, connection: { tokens: null } } },
      ['m', 'connection', 'tokens'],
    ],
    [
      'a field of the connection',
      VALUE,
      '{ m: regenerateSecret(id: "$id") { ... on SecretCreated { secret connection { connector } } } }',
      { m: { secret: SECRET, connection: null } },
      ['m', 'connection', 'connector'],
    ],
    [
      'a mutation that comes after',
      TOKENS,
      `{ m: ${CREATE} { ... on ConnectionCreated { secret } } n: issueToken(connectionId: "$id") { __typename } }`,
      { m: { secret: SECRET }, n: null },
      ['n'],
    ],
    [
      'a mutation that came before',
      TOKENS,
      `{ n: issueToken(connectionId: "$id") { __typename } m: ${CREATE} { ... on ConnectionCreated { secret } } }`,
      { n: null, m: { secret: SECRET } },
      ['n'],
    ],
  ];
  test.each(cases)('%s', async (_what, damage, document, data, path) => {
    await using damaged = await startDamagedGateway(captureLog().logger, damage);
    const { gateway, callers } = damaged;
    const answer = await requestGraphql(gateway.url, {
      headers: callers.headers.SUPER_ADMIN,
      body: { query: `mutation ${document.replaceAll('$id', callers.oauth.connectionId)}` },
    });

    expect(answer.data).toEqual(data);
    expect(answer.errors).toMatchObject([{ path, extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  });
});

test('a denial nulls its own root field and none beside it', async () => {
  await using gateway = await startTestGateway();
  const { headers } = await createCallers(gateway);
  const answer = await requestGraphql(gateway.url, {
    headers: headers['MACHINE by access token'],
    body: { query: '{ a: viewer { role } b: connections { name } c: auditEvents { edges { cursor } } }' },
  });

  expect(answer.data).toEqual({ a: { role: 'MACHINE' }, b: null, c: null });
  expect(answer.errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['b'], 'FORBIDDEN'],
    [['c'], 'FORBIDDEN'],
  ]);
});

describe('a bad argument refuses an operation before any of it runs', () => {
  let gateway: TestGateway;
  let callers: CallerSet;
  beforeAll(async () => {
    gateway = await startTestGateway();
    callers = await createCallers(gateway);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const below = (type: string, tokens: string) =>
    `... on ${type} { secret connection { ... on OAuthConnection { ${tokens} { edges { cursor } } } } }`;
  const cases: [what: string, query: string, variables: object, path: string[], message: RegExp][] = [
    [
      'a page of none, below a secret that is regenerated',
      `mutation { regenerateSecret(id: "$id") { ${below('SecretCreated', 'tokens(first: 0)')} } }`,
      {},
      ['regenerateSecret', 'connection', 'tokens'],
      /^first must be a whole number from 1 to 100\.$/,
    ],
    [
      'a page that is too long, by a variable, below a connection that is created',
      `mutation ($first: Int) { made: ${CREATE} { ${below('ConnectionCreated', 'all: tokens(first: $first)')} } }`,
      { first: 101 },
      ['made', 'connection', 'all'],
      /^first must be/,
    ],
    [
      'a cursor that is none, in a fragment, below a secret that is reset',
      `mutation ($after: String) { resetAfterLeak(id: "$id") { ...A } } fragment A on SecretCreated { ${below('SecretCreated', 'tokens(after: $after)')} }`,
      { after: 'the beginning' },
      ['resetAfterLeak', 'connection', 'tokens'],
      /^after must be a cursor that an earlier page gave\.$/,
    ],
    [
      'a page of a mutation that comes after another',
      `mutation { a: disableConnection(id: "$id") { __typename } b: enableConnection(id: "$id") { ... on ConnectionChanged { connection { ... on OAuthConnection { tokens(first: -1) { edges { cursor } } } } } } }`,
      {},
      ['b', 'connection', 'tokens'],
      /^first must be/,
    ],
    [
      'an id that is null at last, of a mutation that comes after another',
      `mutation ($no: ID = "x") { a: disableConnection(id: "$id") { __typename } b: deleteConnection(id: $no) { __typename } }`,
      { no: null },
      ['b'],
      /"id" of non-null type "ID!" must not be null/,
    ],
    [
      'a condition that is null at last',
      `mutation ($no: Boolean = true) { a: disableConnection(id: "$id") { __typename } b: enableConnection(id: "$id") @skip(if: $no) { __typename } }`,
      { no: null },
      ['b'],
      /"if" of non-null type "Boolean!" must not be null/,
    ],
    [
      'more tokens than are taken',
      'query ($tokens: [String!]!) { viewer { id } introspectTokens(tokens: $tokens) { active } }',
      { tokens: Array.from({ length: 101 }, () => 'x') },
      ['introspectTokens'],
      /^introspectTokens takes at most 100 tokens; 101 were sent\.$/,
    ],
    [
      'more representations than are taken',
      'query ($of: [_Any!]!) { viewer { id } _entities(representations: $of) { __typename } }',
      { of: Array.from({ length: 1_001 }, () => ({ __typename: 'Organization', id: 'default' })) },
      ['_entities'],
      /^_entities takes at most 1000 representations; 1001 were sent\.$/,
    ],
  ];
  test.each(cases)('%s', async (_what, query, variables, path, message) => {
    const client = gateway.client();
    const before = await client.run(ConnectionsDocument, {});
    const answer = await requestGraphql(gateway.url, {
      headers: { ...callers.headers.SUPER_ADMIN, accept: 'application/graphql-response+json' },
      body: { query: query.replaceAll('$id', callers.oauth.connectionId), variables },
    });

    expect([answer.status, answer.text.includes('"data"')]).toEqual([400, false]);
    expect(answer.errors).toMatchObject([{ path, extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(answer.errors[0]?.message).toMatch(message);
    // Nothing was made or changed but the note of its use, and the old secret is accepted.
    await requestToken(gateway.url, callers.oauth);
    const unused = (at: typeof before) =>
      at.connections.map(({ lastUsedAt: _ofConnection, secrets, ...connection }) => ({
        ...connection,
        secrets: secrets.map(({ lastUsedAt: _ofSecret, ...secret }) => secret),
      }));
    expect(unused(await client.run(ConnectionsDocument, {}))).toEqual(unused(before));
  });

  test('unless the field that takes it is left out', async () => {
    const { data, errors } = await requestGraphql(gateway.url, {
      headers: callers.headers.SUPER_ADMIN,
      body: { query: '{ viewer { role } auditEvents(first: 0) @skip(if: true) { edges { cursor } } }' },
    });

    expect([errors, data]).toEqual([[], { viewer: { role: 'SUPER_ADMIN' } }]);
  });

  test('and is counted as nothing', async () => {
    await using limited = await startTestGateway({ config: { limits: limitsOf({ perMinute: 10, perDay: 100 }) } });
    const ask = (first: number) =>
      requestGraphql(limited.url, {
        headers: { authorization: `Bearer ${limited.bearer()}` },
        body: { query: `{ introspectToken(token: "x") { active } auditEvents(first: ${first}) { edges { cursor } } }` },
      });
    const remaining = async (first: number) => (await ask(first)).headers.get('ratelimit');

    expect(await remaining(0)).toBeNull();
    // The first that is counted finds all of the limit but its own call.
    expect(await remaining(1)).toContain('"minute";r=9');
  });
});
