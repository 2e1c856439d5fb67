import { expect, test } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { connectionRecord } from '../support/records.js';
import { HASTY_MS, openReplica } from '../support/replicated-database.js';
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
