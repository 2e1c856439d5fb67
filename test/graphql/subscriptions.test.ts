import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CreateConnectionDocument, DeleteConnectionDocument, RenameConnectionDocument } from '../generated/graphql.js';
import { CALLERS, type Caller, type CallerSet, createCallers } from '../support/callers.js';
import { CONNECTION_CHANGED, openEventStream } from '../support/event-stream.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { createMachine } from '../support/machine.js';
import { until } from '../support/until.js';

const FRONTEND = 'https://app.example.com';
const EVENTS = { accept: 'text/event-stream' };

let gateway: TestGateway;
let callers: CallerSet;
let superAdmin: Readonly<Record<string, string>>;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { corsOrigins: [FRONTEND] } });
  callers = await createCallers(gateway);
  superAdmin = callers.headers.SUPER_ADMIN;
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('whoever may read connections', () => {
  test.each(['ADMIN', 'SUPER_ADMIN'] as const)('is told of each change as %s, in its order', async (caller) => {
    await using stream = await openEventStream(gateway.url, { headers: callers.headers[caller] });
    const client = gateway.client();
    const { connectionId: id } = await createMachine(client, 'OAUTH', `seen by ${caller}`);
    expect(await stream.next()).toEqual({
      data: {
        connectionChanged: {
          connectionId: id,
          connection: { name: `seen by ${caller}`, status: 'ACTIVE' },
          change: { action: 'connection.created', actor: 'user:tester' },
        },
      },
    });
    await client.run(RenameConnectionDocument, { id, name: `renamed for ${caller}` });
    expect((await stream.next()).data?.connectionChanged).toMatchObject({
      connection: { name: `renamed for ${caller}` },
      change: { action: 'connection.renamed' },
    });
    await client.run(DeleteConnectionDocument, { id });
    expect((await stream.next()).data?.connectionChanged).toMatchObject({ connectionId: id, connection: null });
  });

  test('is told nothing of other organisations', async () => {
    await using stream = await openEventStream(gateway.url, { headers: superAdmin });
    const other = gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` });
    await createMachine(other, 'OAUTH', 'of others');
    const { connectionId } = await createMachine(gateway.client(), 'OAUTH', 'of our own');

    expect((await stream.next()).data?.connectionChanged?.connectionId).toBe(connectionId);
    expect(stream.text).not.toContain('of others');
  });

  test('may subscribe by GET, as routers do', async () => {
    const body = { query: CONNECTION_CHANGED };
    await using stream = await openEventStream(gateway.url, { method: 'GET', body, headers: superAdmin });
    const { connectionId } = await createMachine(gateway.client());

    expect((await stream.next()).data?.connectionChanged?.connectionId).toBe(connectionId);
  });

  test('chooses the fields, with variables, an alias and one of several operations', async () => {
    const query = `query Ids { connections { id } }
      subscription News($withName: Boolean!) {
        news: connectionChanged { connection { id ... @include(if: $withName) { name } ... on OAuthConnection { clientId } } }
      }`;
    const body = { query, operationName: 'News', variables: { withName: false } };
    await using stream = await openEventStream(gateway.url, { body, headers: superAdmin });
    const { connectionId: id, clientId } = await createMachine(gateway.client());

    expect(await stream.next()).toEqual({ data: { news: { connection: { id, clientId } } } });
    const { data } = await requestGraphql(gateway.url, { headers: superAdmin, body: { query, operationName: 'Ids' } });
    expect(data).toMatchObject({ connections: expect.arrayContaining([{ id }]) });
  });
});

test('an answer says at once that the subscription stands, and that nobody may keep or hold it back', async () => {
  await using stream = await openEventStream(gateway.url, { headers: { ...superAdmin, origin: FRONTEND } });
  const { connectionId } = await createMachine(gateway.client());
  await stream.next();

  expect(stream.status).toBe(200);
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': expect.any(String),
    'access-control-allow-origin': FRONTEND,
  });
  expect(stream.headers).not.toHaveProperty('content-length');
  expect(stream.text).toMatch(new RegExp(`^:\n\nevent: next\ndata: {.*${connectionId}.*}\n\n$`));
});

test('Apollo’s multipart protocol has the same events in parts, of which each is whole when it comes', async () => {
  const headers = {
    ...superAdmin,
    accept: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json',
  };
  await using stream = await openEventStream(gateway.url, { headers });
  await using witness = await openEventStream(gateway.url, { headers: superAdmin });
  await createMachine(gateway.client(), 'OAUTH', 'in parts');
  const payload = await witness.next();
  await until('the part is there', () => stream.text.includes('payload'));

  expect(stream.headers['content-type']).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
  const [preamble, ...parts] = stream.text.split('\r\n--graphql');
  expect([preamble, parts.pop()]).toEqual(['', '']);
  const bodies = parts.map((part) => part.replace('\r\ncontent-type: application/json\r\n\r\n', ''));
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{}, { payload }]);
});

describe('a subscription is refused', () => {
  const REFUSALS: Record<Exclude<Caller, 'ADMIN' | 'SUPER_ADMIN'>, [number, string]> = {
    anonymous: [401, 'UNAUTHENTICATED'],
    'MACHINE by access token': [403, 'FORBIDDEN'],
    'MACHINE by access key': [403, 'FORBIDDEN'],
  };
  const refused = (headers: Record<string, string>, body: object = { query: CONNECTION_CHANGED }) =>
    requestGraphql(gateway.url, { headers: { ...EVENTS, ...headers }, body });

  test.each(CALLERS.filter((caller) => caller in REFUSALS))('from %s before any event', async (caller) => {
    const answer = await refused(callers.headers[caller]);
    expect([answer.status, ...codesOf(answer)]).toEqual(REFUSALS[caller as keyof typeof REFUSALS]);
    expect(answer.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  });

  test('with a bearer that is none, which is challenged', async () => {
    const answer = await refused({ authorization: 'Bearer none' });
    expect([answer.status, ...codesOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('with a bearer that is none, whatever it asks', async () => {
    const answer = await refused({ authorization: 'Bearer none' }, { query: 'subscription { nothing }' });
    expect([answer.status, ...codesOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('to a client that reads no streams, whom it tells which to accept', async () => {
    const answer = await refused({ ...superAdmin, accept: 'application/json, multipart/mixed' });
    expect(answer.status).toBe(406);
    expect(answer.text).toMatch(/accept text\/event-stream, or multipart\/mixed;subscriptionSpec=1\.0/);
  });

  test.each([
    ['an unknown field', { query: 'subscription { connectionChanged { nothing } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two root fields',
      { query: `${CONNECTION_CHANGED.slice(0, -1)} b: connectionChanged { connectionId } }` },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'too many levels',
      { query: `subscription { connectionChanged { ${'a { '.repeat(20)}b${' }'.repeat(20)} } }` },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a missing variable',
      { query: 'subscription S($a: Boolean!) { connectionChanged { connectionId @skip(if: $a) } }' },
      'BAD_USER_INPUT',
    ],
    [
      'a root field that may be skipped',
      { query: 'subscription { ... @include(if: true) { connectionChanged @skip(if: true) { connectionId } } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['a syntax error', { query: '# Mine.\nsubscription { connectionChanged { connectionId ' }, 'GRAPHQL_PARSE_FAILED'],
    ['no operation of the name', { query: CONNECTION_CHANGED, operationName: 'Other' }, 'BAD_USER_INPUT'],
    ['variables that are a list', { query: CONNECTION_CHANGED, variables: [] }, 'BAD_USER_INPUT'],
  ])('where its document has %s', async (_what, body, code) => {
    const answer = await refused(superAdmin, body);
    expect([answer.status, codesOf(answer)[0]]).toEqual([400, code]);
  });

  test('by the names of schema members where introspection is off', async () => {
    await using production = await startTestGateway({ config: { sandbox: false } });
    const headers = { ...EVENTS, authorization: `Bearer ${production.bearer()}` };
    const body = { query: 'subscription { connectionChange { connectionId } }' };
    const { text } = await requestGraphql(production.url, { headers, body });
    expect(text).toContain('Cannot query field');
    expect(text).not.toContain('Did you mean');
  });
});

describe('where only registered documents run', () => {
  const id = createHash('sha256').update(CONNECTION_CHANGED).digest('hex');
  const documents = new Map([
    [id, CONNECTION_CHANGED],
    // Of createMachine.
    ['create', CreateConnectionDocument.toString()],
  ]);
  const trust = { mode: 'enforce', documents, routerSecrets: [] } as const;
  let trusting: TestGateway;
  beforeAll(async () => {
    trusting = await startTestGateway({ config: { trustedDocuments: trust } });
  });
  afterAll(() => trusting[Symbol.asyncDispose]());
  const headers = () => ({ authorization: `Bearer ${trusting.bearer()}` });

  test.each([{ documentId: id }, { query: CONNECTION_CHANGED }])('a registered subscription runs: %o', async (body) => {
    await using stream = await openEventStream(trusting.url, { headers: headers(), body });
    const { connectionId } = await createMachine(trusting.client());
    expect((await stream.next()).data?.connectionChanged?.connectionId).toBe(connectionId);
  });

  test('another one is refused', async () => {
    const body = { query: 'subscription { connectionChanged { connectionId } }' };
    const answer = await requestGraphql(trusting.url, { headers: { ...EVENTS, ...headers() }, body });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Only registered documents run here')]);
  });

  test('a persisted query is not executed as a subscription, nor as a query', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: id } };
    const answer = await requestGraphql(trusting.url, { headers: headers(), body: { extensions } });
    expect([answer.text, answer.data]).toEqual([expect.stringContaining('not by a persisted query'), undefined]);
  });
});
