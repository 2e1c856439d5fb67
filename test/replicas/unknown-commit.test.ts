import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { AuditEventsDocument, ConnectionsDocument, CreateConnectionDocument } from '../generated/graphql.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { startTestGateway } from '../support/gateway.js';
import type { GraphqlResponse } from '../support/graphql-client.js';
import { connectionRecord } from '../support/records.js';
import { HASTY_MS, openReplica, serversConfigOf } from '../support/replicated-database.js';
import { roundTripsOf } from '../support/round-trips.js';
import { newDatabaseUrl, newRedisUrl } from '../support/shared-servers.js';

test('of a commit whose answer is lost the caller is told that it may have been made, and the connection is used no more', async () => {
  const [databaseUrl, redisUrl] = await Promise.all([newDatabaseUrl(), newRedisUrl()]);
  const server = new URL(databaseUrl);
  await using proxy = await startFaultProxy(Number(server.port));
  server.port = String(proxy.port);
  await using replica = await openReplica({ databaseUrl: server.href, redisUrl }, { deadlineMs: HASTY_MS });
  await using witness = await openReplica({ databaseUrl, redisUrl });
  const { database } = replica;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();

  const attempt = database.change('default', async ({ connections }) => {
    await connections.insert(connection);
    proxy.dropReplies();
  });

  await expect(attempt).rejects.toMatchObject({
    code: 'TEMPORARILY_UNAVAILABLE',
    message: expect.stringContaining('may have been made'),
  });
  expect(await witness.database.connections.list('default')).toEqual([connection]);
  proxy.pass();
  expect(await database.connections.list('default')).toEqual([connection]);
});

test('what fails before its commit was not made, and is not said to may have been', async () => {
  const [databaseUrl, redisUrl] = await Promise.all([newDatabaseUrl(), newRedisUrl()]);
  const server = new URL(databaseUrl);
  await using proxy = await startFaultProxy(Number(server.port));
  server.port = String(proxy.port);
  await using replica = await openReplica({ databaseUrl: server.href, redisUrl }, { deadlineMs: HASTY_MS });
  await using witness = await openReplica({ databaseUrl, redisUrl });
  await replica.database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);

  const attempt = replica.database.change('default', async ({ connections }) => {
    proxy.blackhole();
    await connections.insert(connectionRecord());
  });

  const error = await attempt.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' });
  expect(String(error)).not.toContain('may have been made');
  expect(await witness.database.connections.list('default')).toEqual([]);
});

test('a client is told by GraphQL that its create may have been made, and gets the same connection under its idempotency key', async () => {
  const [databaseUrl, redisUrl] = await Promise.all([newDatabaseUrl(), newRedisUrl()]);
  const server = new URL(databaseUrl);
  await using proxy = await startFaultProxy(Number(server.port));
  server.port = String(proxy.port);
  const servers = serversConfigOf({ databaseUrl: server.href, redisUrl }, HASTY_MS);
  await using gateway = await startTestGateway({ config: { servers }, logger: createLogger('silent') });
  const client = gateway.client();
  const input = { name: 'once', authenticationType: 'OAUTH', idempotencyKey: 'key-1' } as const;
  let answer: GraphqlResponse<unknown> | undefined;

  await roundTripsOf(
    async () => {
      answer = await client.send(CreateConnectionDocument.toString(), { input });
    },
    (text) => {
      if (text === 'commit') proxy.dropReplies();
    },
  );
  proxy.pass();
  const made = (await client.run(ConnectionsDocument)).connections;
  const { createConnection } = await client.run(CreateConnectionDocument, { input });

  expect(answer?.errors).toMatchObject([
    { message: expect.stringContaining('may have been made'), extensions: { code: 'SERVICE_UNAVAILABLE' } },
  ]);
  expect(made).toMatchObject([{ name: 'once' }]);
  expect(createConnection).toMatchObject({ __typename: 'ConnectionCreated', secret: null, connection: made[0] });
  expect((await client.run(ConnectionsDocument)).connections).toHaveLength(1);
  expect((await client.run(AuditEventsDocument, { first: 10 })).auditEvents.edges).toHaveLength(1);
});
