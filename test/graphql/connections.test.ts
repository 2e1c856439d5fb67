import { describe, expect, test } from 'vitest';
import {
  ConnectionDocument,
  ConnectionsDocument,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  OrganizationDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  ResetAfterLeakDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine } from '../support/machine.js';
import { TestClock } from '../support/test-clock.js';

type Input = Parameters<typeof create>[1];

async function create(
  client: GraphqlClient,
  input: { name: string; authenticationType?: 'OAUTH' | 'ACCESS_KEY'; idempotencyKey?: string; clientId?: string },
) {
  const { createConnection } = await client.run(CreateConnectionDocument, {
    input: { authenticationType: 'OAUTH', ...input },
  });
  return createConnection;
}

async function createOne(client: GraphqlClient, input: Input) {
  const created = await create(client, input);
  if (created.__typename !== 'ConnectionCreated') throw new Error(created.message);
  return created.connection;
}

test('a new connection is shown whole, and is the same in every place that shows it', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const client = gateway.client();
  const oauth = await createOne(client, { name: '  Data loader  ' });
  clock.advance(1);
  const key = await createOne(client, { name: 'Key', authenticationType: 'ACCESS_KEY' });
  const at = '2026-01-01T00:00:00.000Z';

  expect(oauth).toEqual({
    __typename: 'OAuthConnection',
    id: expect.stringMatching(/^con_[0-9A-Za-z]{22}$/),
    name: 'Data loader',
    connector: 'GAINSIGHT_API',
    authenticationType: 'OAUTH',
    status: 'ACTIVE',
    issuer: 'LOCAL',
    allowedCidrs: [],
    createdAt: at,
    createdBy: 'user:tester',
    updatedAt: at,
    lastUsedAt: null,
    clientId: expect.stringMatching(/^lkid_/),
    secrets: [expect.objectContaining({ state: 'CURRENT', createdAt: at, lastUsedAt: null, expiresAt: null })],
  });
  expect(key).toMatchObject({ __typename: 'AccessKeyConnection', authenticationType: 'ACCESS_KEY' });
  expect((await client.run(ConnectionDocument, { id: oauth.id })).connection).toEqual(oauth);
  expect((await client.run(ConnectionsDocument, {})).connections).toEqual([oauth, key]);
  expect((await client.run(ConnectionsDocument, { authenticationType: 'ACCESS_KEY' })).connections).toEqual([key]);
  expect((await client.run(ConnectionsDocument, { authenticationType: 'OAUTH' })).connections).toEqual([oauth]);
  const { organization } = await client.run(OrganizationDocument);
  expect(organization.connections.map(({ id }) => id)).toEqual([oauth.id, key.id]);
});

describe('a name that cannot be kept is refused, with where and why', () => {
  test.each([
    ['empty', ''],
    ['blank', ' \t '],
    ['of 101 characters', 'x'.repeat(101)],
    ['of 101 characters that are two units each', '\u{1F511}'.repeat(101)],
    ['with a control character', 'a\u0000b'],
    ['with a line break', 'a\nb'],
    ['with a zero-width space', 'a\u200Bb'],
    ['with a direction mark', 'a\u202Eb'],
  ])('%s', async (_what, name) => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const { id } = await createOne(client, { name: 'kept' });

    expect(await create(client, { name })).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'name'] });
    const { renameConnection } = await client.run(RenameConnectionDocument, { id, name });
    expect(renameConnection).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', path: ['name'] });
    expect((await client.run(ConnectionsDocument, {})).connections.map((one) => one.name)).toEqual(['kept']);
  });

  test('a hundred characters are kept, whatever their size', async () => {
    await using gateway = await startTestGateway();

    expect((await createOne(gateway.client(), { name: '\u{1F511}'.repeat(100) })).name).toHaveLength(200);
  });
});

test('a name that looks taken is taken: by letter case and by Unicode form', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  await createOne(client, { name: 'Café' });
  const { id } = await createOne(client, { name: 'Tea' });

  for (const name of ['Café', 'CAFÉ', 'cafe\u0301', ' café ']) {
    expect(await create(client, { name })).toMatchObject({
      __typename: 'NameTaken',
      code: 'NAME_TAKEN',
      path: ['input', 'name'],
    });
    const { renameConnection } = await client.run(RenameConnectionDocument, { id, name });
    expect(renameConnection).toMatchObject({ __typename: 'NameTaken', code: 'NAME_TAKEN', path: ['name'] });
  }
});

test('the second access key and the sixteenth OAuth connection are refused, and the limit is told', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  await createOne(client, { name: 'key', authenticationType: 'ACCESS_KEY' });
  const made = [];
  for (let index = 1; index <= 15; index++) made.push((await createOne(client, { name: `client ${index}` })).id);
  const path = ['input', 'authenticationType'];

  expect(await create(client, { name: 'x', authenticationType: 'ACCESS_KEY' })).toMatchObject({
    __typename: 'LimitReached',
    code: 'ACCESS_KEY_LIMIT',
    limit: 1,
    path,
  });
  expect(await create(client, { name: 'x' })).toMatchObject({
    __typename: 'LimitReached',
    code: 'OAUTH_LIMIT',
    limit: 15,
    path,
  });
  await client.run(DeleteConnectionDocument, { id: made[7] ?? '' });
  expect(await create(client, { name: 'client 8' })).toMatchObject({ __typename: 'ConnectionCreated' });
});

test('what a connection becomes is answered and is there: renamed, disabled, enabled, deleted', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const client = gateway.client();
  const connection = await createOne(client, { name: 'before' });
  const { id } = connection;
  clock.advance(1500);
  const updatedAt = '2026-01-01T00:00:01.500Z';

  const { renameConnection } = await client.run(RenameConnectionDocument, { id, name: 'BEFORE' });
  expect(renameConnection).toEqual({
    __typename: 'ConnectionChanged',
    connection: { ...connection, name: 'BEFORE', updatedAt },
  });
  const { disableConnection } = await client.run(DisableConnectionDocument, { id });
  expect(disableConnection).toMatchObject({ connection: { name: 'BEFORE', status: 'DISABLED' } });
  expect((await client.run(ConnectionDocument, { id })).connection?.status).toBe('DISABLED');
  const { enableConnection } = await client.run(EnableConnectionDocument, { id });
  expect(enableConnection).toMatchObject({ connection: { status: 'ACTIVE' } });
  const { deleteConnection } = await client.run(DeleteConnectionDocument, { id });
  expect(deleteConnection).toEqual({ __typename: 'ConnectionDeleted', id });
  expect((await client.run(ConnectionsDocument, {})).connections).toEqual([]);
  expect(await create(client, { name: 'before' })).toMatchObject({ __typename: 'ConnectionCreated' });
});

test('a connection that is not there is NOT_FOUND, and the path names the argument', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const { connectionId: id } = await createMachine(client);
  await client.run(DeleteConnectionDocument, { id });
  const notFound = (path: string) =>
    expect.objectContaining({ __typename: 'NotFound', code: 'NOT_FOUND', path: [path] });

  expect((await client.run(ConnectionDocument, { id })).connection).toBeNull();
  expect((await client.run(RenameConnectionDocument, { id, name: 'x' })).renameConnection).toEqual(notFound('id'));
  expect((await client.run(DisableConnectionDocument, { id })).disableConnection).toEqual(notFound('id'));
  expect((await client.run(EnableConnectionDocument, { id })).enableConnection).toEqual(notFound('id'));
  expect((await client.run(DeleteConnectionDocument, { id })).deleteConnection).toEqual(notFound('id'));
  expect((await client.run(RegenerateSecretDocument, { id })).regenerateSecret).toEqual(notFound('id'));
  expect((await client.run(ResetAfterLeakDocument, { id })).resetAfterLeak).toEqual(notFound('id'));
  expect((await client.run(RevokeTokensDocument, { connectionId: id })).revokeTokens).toEqual(notFound('connectionId'));
});
