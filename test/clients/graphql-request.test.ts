import { ClientError, GraphQLClient } from 'graphql-request';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentOf } from '../support/documented-operations.js';
import { idsOf, type Shown, startShown } from './frontend.js';

let shown: Shown;
beforeAll(async () => {
  shown = await startShown();
});
afterAll(() => shown.gateway[Symbol.asyncDispose]());

const createClient = (headers: Record<string, string> = shown.superAdmin) => new GraphQLClient(shown.url, { headers });

test('a query gives the fields of its fragments', async () => {
  const { connectionId: id, clientId } = shown.machine;
  expect(await createClient().request(documentOf('Connections'))).toMatchObject({
    connections: [{ id, clientId, secrets: [{ state: 'CURRENT' }] }],
  });
});

test('a mutation gives the member of its union, and a refusal with its code', async () => {
  const input = { name: 'graphql-request', authenticationType: 'OAUTH' };
  const create = () => createClient().request(documentOf('CreateConnection'), { input });

  expect(await create()).toMatchObject({ createConnection: { __typename: 'ConnectionCreated' } });
  expect(await create()).toMatchObject({ createConnection: { __typename: 'NameTaken', code: 'NAME_TAKEN' } });
});

test('pages follow one another by their cursors', async () => {
  const variables = { id: shown.machine.connectionId, first: 2 };
  const page = async (after?: string) => {
    const data = await createClient().request(documentOf('ConnectionTokens'), { ...variables, after });
    return (data as { connection: { tokens: { pageInfo: { endCursor: string } } } }).connection.tokens;
  };
  const first = await page();
  const second = await page(first.pageInfo.endCursor);

  expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(3);
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
});

test('an error carries the code and the message of the answer, whatever its status', async () => {
  const reasonOf = (error: unknown) => (error instanceof ClientError ? error.response.errors?.[0] : error);
  const viewer = createClient(shown.unknown).request(documentOf('Viewer'));
  const variables = { id: shown.machine.connectionId };
  const disabled = createClient(shown.admin).request(documentOf('DisableConnection'), variables);

  expect(await viewer.catch(reasonOf)).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  expect(await disabled.catch(reasonOf)).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
});

test('a batch is refused in words that say how to send its operations', async () => {
  const batch = createClient().batchRequests([
    { document: 'query A { viewer { id } }' },
    { document: '{ viewer { id } }' },
  ]);

  await expect(batch).rejects.toThrow(/Batches are off; send each operation by itself/);
});
