import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentOf } from '../support/documented-operations.js';
import { idsOf, type Shown, startShown } from './frontend.js';

let shown: Shown;
beforeAll(async () => {
  shown = await startShown();
});
afterAll(() => shown.gateway[Symbol.asyncDispose]());

const createClient = (headers: Record<string, string> = shown.superAdmin, exchanges = [fetchExchange]) =>
  new Client({ url: shown.url, exchanges: [cacheExchange, ...exchanges], fetchOptions: { headers } });

test('a query, which goes by GET, gives the fields of its fragments', async () => {
  const { data, error } = await createClient().query(documentOf('Connections'), {});

  expect(error).toBeUndefined();
  const { connectionId: id, clientId } = shown.machine;
  expect(data).toMatchObject({ connections: [{ id, clientId, secrets: [{ state: 'CURRENT' }] }] });
});

test('a mutation gives the member of its union, a refusal with its code, and lists are asked for anew', async () => {
  const client = createClient();
  const input = { name: 'urql', authenticationType: 'OAUTH' };
  const namesOf = async () => {
    const { data } = await client.query(documentOf('Connections'), {});
    return (data as { connections: { name: string }[] }).connections.map(({ name }) => name);
  };
  const before = await namesOf();

  const created = await client.mutation(documentOf('CreateConnection'), { input });
  expect(created.data).toMatchObject({ createConnection: { secret: expect.stringMatching(/^lkcs_/) } });
  const refused = await client.mutation(documentOf('CreateConnection'), { input });
  expect(refused.data).toMatchObject({ createConnection: { code: 'NAME_TAKEN', path: ['input', 'name'] } });
  expect(await namesOf()).toEqual([...before, 'urql']);
});

test('pages follow one another by their cursors', async () => {
  const page = async (after?: string) => {
    const variables = { id: shown.machine.connectionId, first: 2, after };
    const { data } = await createClient().query(documentOf('ConnectionTokens'), variables);
    return (data as { connection: { tokens: { pageInfo: { endCursor: string } } } }).connection.tokens;
  };
  const first = await page();
  const second = await page(first.pageInfo.endCursor);

  expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(3);
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
});

test('an error carries the code of the answer, whatever its status', async () => {
  const variables = { id: shown.machine.connectionId };
  const viewer = await createClient(shown.unknown).query(documentOf('Viewer'), {});
  const disabled = await createClient(shown.admin).mutation(documentOf('DisableConnection'), variables);

  const codes = [viewer, disabled].map(({ error }) => error?.graphQLErrors[0]?.extensions.code);
  expect(codes).toEqual(['UNAUTHENTICATED', 'FORBIDDEN']);
});

test('an operation with a secret is refused by GET, in words that say how to send it, and goes by POST', async () => {
  const client = createClient();
  const { token } = shown;
  const byGet = await client.query(documentOf('IntrospectToken'), { token });
  const byPost = await client.query(documentOf('IntrospectToken'), { token }, { preferGetMethod: false });

  expect(byGet.error?.graphQLErrors[0]?.message).toMatch(/secret.*URL.*POST/);
  expect(byPost.data).toMatchObject({ introspectToken: { active: true } });
});

test('persistedExchange falls back to whole documents', async () => {
  const client = createClient(shown.superAdmin, [persistedExchange(), fetchExchange]);

  for (const name of ['Viewer', 'Organization']) {
    const { data, error } = await client.query(documentOf(name), {});
    expect([error, data]).toEqual([undefined, expect.anything()]);
  }
});
