import { describe, expect, test } from 'vitest';
import {
  ConnectionsDocument,
  CreateConnectionDocument,
  type CreateConnectionInput,
  DeleteConnectionDocument,
  RenameConnectionDocument,
} from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';

async function create(client: GraphqlClient, input: CreateConnectionInput) {
  const { createConnection } = await client.run(CreateConnectionDocument, { input });
  return createConnection;
}

const INPUT: CreateConnectionInput = { name: 'loader', authenticationType: 'OAUTH', idempotencyKey: 'order-66' };

describe('a create that is sent again under its idempotency key', () => {
  test('answers the same connection, without its secret, and makes none', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const first = await create(client, INPUT);
    const again = await create(client, { ...INPUT, name: ' loader ', connector: 'GAINSIGHT_API' });

    expect(first).toMatchObject({ secret: expect.stringMatching(/^lkcs_/) });
    expect(again).toEqual({ ...first, secret: null });
    expect((await client.run(ConnectionsDocument, {})).connections).toHaveLength(1);
  });

  test('made at the same moment twenty times makes one, and shows its secret once', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const all = await Promise.all(Array.from({ length: 20 }, () => create(client, INPUT)));
    const created = all.flatMap((one) => (one.__typename === 'ConnectionCreated' ? [one] : []));

    expect(created).toHaveLength(20);
    expect(new Set(created.map(({ connection }) => connection.id)).size).toBe(1);
    expect(created.filter(({ secret }) => secret !== null)).toHaveLength(1);
  });

  test('answers the connection as it has become, where it was renamed', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const first = await create(client, INPUT);
    if (first.__typename !== 'ConnectionCreated') throw new Error(first.message);
    await client.run(RenameConnectionDocument, { id: first.connection.id, name: 'renamed' });

    expect(await create(client, INPUT)).toMatchObject({ connection: { id: first.connection.id, name: 'renamed' } });
  });

  test('is answered though the organisation is full', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const first = await create(client, INPUT);
    for (let index = 2; index <= 15; index++) await create(client, { name: `n ${index}`, authenticationType: 'OAUTH' });

    expect(await create(client, INPUT)).toEqual({ ...first, secret: null });
  });

  test('is refused with another input', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    await create(client, INPUT);

    for (const other of [{ name: 'other' }, { authenticationType: 'ACCESS_KEY' as const }]) {
      expect(await create(client, { ...INPUT, ...other })).toMatchObject({
        __typename: 'InvalidInput',
        path: ['input', 'idempotencyKey'],
      });
    }
    expect((await client.run(ConnectionsDocument, {})).connections).toHaveLength(1);
  });

  test('is refused after the connection was deleted, and makes no second one', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const first = await create(client, INPUT);
    if (first.__typename !== 'ConnectionCreated') throw new Error(first.message);
    await client.run(DeleteConnectionDocument, { id: first.connection.id });

    expect(await create(client, INPUT)).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] });
    expect((await client.run(ConnectionsDocument, {})).connections).toEqual([]);
  });

  test('may be sent again after the first was refused', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    await create(client, { name: 'Loader', authenticationType: 'OAUTH' });

    expect(await create(client, INPUT)).toMatchObject({ code: 'NAME_TAKEN' });
    expect(await create(client, { ...INPUT, name: 'free' })).toMatchObject({ __typename: 'ConnectionCreated' });
  });
});

test.each([
  ['', 'no character'],
  ['a b', 'a space'],
  ['x'.repeat(201), '201 characters'],
  ['ключ', 'letters beyond ASCII'],
])('an idempotency key of %j (%s) is refused', async (idempotencyKey) => {
  await using gateway = await startTestGateway();

  expect(await create(gateway.client(), { ...INPUT, idempotencyKey })).toMatchObject({
    code: 'INVALID_INPUT',
    path: ['input', 'idempotencyKey'],
  });
});

test.each(['clientId', 'clientSecret', 'accessKey'] as const)(
  'a %s of the caller is refused where Latchkey makes the credentials itself',
  async (field) => {
    await using gateway = await startTestGateway();
    const client = gateway.client();

    expect(await create(client, { ...INPUT, [field]: 'brought along' })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', field],
    });
    expect((await client.run(ConnectionsDocument, {})).connections).toEqual([]);
  },
);

test.each(['id', 'organizationId', 'createdBy', 'role', 'status', 'slot', '__proto__'])(
  'an input with a %s, which is not for callers to say, is refused',
  async (field) => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    // As text: an object literal would take __proto__ for itself.
    const variables = JSON.parse(`{"input":{"name":"x","authenticationType":"OAUTH","${field}":"other"}}`) as object;
    const { errors } = await client.send(CreateConnectionDocument, variables);

    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toContain(field);
    expect((await client.run(ConnectionsDocument, {})).connections).toEqual([]);
  },
);
