import { createHash } from 'node:crypto';
import { ApolloClient, type ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentOf } from '../support/documented-operations.js';
import { idsOf, possibleTypes, type Shown, startShown } from './frontend.js';

let shown: Shown;
beforeAll(async () => {
  shown = await startShown();
});
afterAll(() => shown.gateway[Symbol.asyncDispose]());

/** A client as docs/operations/README.md sets it up; `before` stands in front of its HttpLink. */
function createClient(headers: Record<string, string> = shown.superAdmin, before?: ApolloLink) {
  const http = new HttpLink({ uri: shown.url, headers });
  const cache = new InMemoryCache({
    possibleTypes,
    typePolicies: {
      Query: { fields: { auditEvents: relayStylePagination() } },
      OAuthConnection: { fields: { tokens: relayStylePagination() } },
    },
  });
  return new ApolloClient({ link: before === undefined ? http : before.concat(http), cache });
}

test('a query gives the fields of its fragments, those of the type of an interface too', async () => {
  const { data } = await createClient().query({ query: documentOf('Connections') });

  const { connectionId: id, clientId } = shown.machine;
  const secrets = [{ state: 'CURRENT', prefix: expect.stringMatching(/^lkcs_/) }];
  expect(data).toMatchObject({ connections: [{ id, clientId, status: 'ACTIVE', secrets }] });
});

test('a mutation gives the member of its union, a refusal with its code, and mends what the cache shows', async () => {
  const client = createClient();
  const input = { name: 'Apollo', authenticationType: 'OAUTH' };
  const mutation = documentOf('CreateConnection');

  const created = await client.mutate({ mutation, variables: { input } });
  expect(created.data).toMatchObject({ createConnection: { secret: expect.stringMatching(/^lkcs_/) } });
  const refused = await client.mutate({ mutation, variables: { input } });
  expect(refused.data).toMatchObject({ createConnection: { code: 'NAME_TAKEN', path: ['input', 'name'] } });

  const { id } = (created.data as { createConnection: { connection: { id: string } } }).createConnection.connection;
  await client.query({ query: documentOf('Connection'), variables: { id } });
  await client.mutate({ mutation: documentOf('RenameConnection'), variables: { id, name: 'Renamed' } });
  const { data } = await client.query({
    query: documentOf('Connection'),
    variables: { id },
    fetchPolicy: 'cache-only',
  });
  expect(data).toMatchObject({ connection: { name: 'Renamed' } });
});

test.each([
  ['AuditEvents', () => ({ first: 2 }), (data: unknown) => (data as { auditEvents: unknown }).auditEvents],
  [
    'ConnectionTokens',
    () => ({ id: shown.machine.connectionId, first: 1 }),
    (data: unknown) => (data as { connection: { tokens: unknown } }).connection.tokens,
  ],
])('fetchMore appends the pages of %s until there are no more', async (name, variables, pageOf) => {
  const client = createClient();
  const all = await client.query({ query: documentOf(name), variables: { ...variables(), first: 100 } });
  const shownPages = createClient().watchQuery({ query: documentOf(name), variables: variables() });
  let watched: { unsubscribe(): void } | undefined;
  const last = await new Promise<unknown>((resolve, reject) => {
    let asked: unknown;
    watched = shownPages.subscribe(({ data, loading }) => {
      if (loading || data === undefined) return;
      const { hasNextPage, endCursor } = (pageOf(data) as { pageInfo: Record<string, unknown> }).pageInfo;
      if (hasNextPage && endCursor !== asked) shownPages.fetchMore({ variables: { after: endCursor } }).catch(reject);
      asked = endCursor;
      if (!hasNextPage) resolve(pageOf(data));
    });
  });
  watched?.unsubscribe();

  expect(idsOf(last).length).toBeGreaterThan(2);
  expect(idsOf(last)).toEqual(idsOf(pageOf(all.data)));
});

test('an error carries the code of the answer, whatever its status', async () => {
  const { mutate, query } = createClient(shown.unknown);
  const codeOf = (error: unknown) => (CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : error);
  const create = { mutation: documentOf('DisableConnection'), variables: { id: shown.machine.connectionId } };

  expect(await query({ query: documentOf('Viewer') }).catch(codeOf)).toBe('UNAUTHENTICATED');
  expect(await mutate(create).catch(codeOf)).toBe('UNAUTHENTICATED');
  expect(await createClient(shown.admin).mutate(create).catch(codeOf)).toBe('FORBIDDEN');
});

test.each([false, true])('PersistedQueryLink falls back to whole documents, hashes by GET: %s', async (byGet) => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: byGet });
  const client = createClient(shown.superAdmin, link);

  const viewer = await client.query({ query: documentOf('Viewer') });
  expect(viewer.data).toMatchObject({ viewer: { role: 'SUPER_ADMIN' } });
  const variables = { id: shown.machine.connectionId, cidrs: [] };
  const changed = await client.mutate({ mutation: documentOf('SetAllowedCidrs'), variables });
  expect(changed.data).toMatchObject({ setAllowedCidrs: { __typename: 'ConnectionChanged' } });
});
