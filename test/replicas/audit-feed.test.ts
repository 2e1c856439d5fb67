import { expect, test } from 'vitest';
import type { Appended } from '../../src/domain/audit/audit.feed.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { auditEventRecord, connectionRecord } from '../support/records.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { startRedis } from '../support/redis-server.js';
import { HASTY_MS, openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { until } from '../support/until.js';

/** One replica changes things, by way of a link to Redis that may fail; the other follows. */
async function openTwo() {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const link = stack.use(await startFaultProxy(redis.port));
  const databaseUrl = await newDatabaseUrl();
  const open = async (port: number) => {
    const place = { databaseUrl, redisUrl: `redis://127.0.0.1:${port}` };
    return stack.use(await openReplica(place, { deadlineMs: HASTY_MS })).database;
  };
  const [changing, following] = [await open(link.port), await open(redis.port)];
  await changing.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const heard: (Appended | undefined)[] = [];
  following.auditFeed.onAppended((appended) => heard.push(appended));
  const hears = (sequence: number) => heard.some((appended) => appended?.sequence === sequence);
  const opened = stack.move();
  return { redis, link, changing, heard, hears, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test('an event that was recorded while Redis was away is told once it is back; its change did not wait', async () => {
  await using scene = await openTwo();
  const { link, changing, hears } = scene;
  link.blackhole();
  await changing.change('default', ({ audit }) => audit.append(auditEventRecord()));
  link.pass();
  await until('the event is told', () => hears(1));
});

test('an event goes with the revocation that it records, which alone is waited for', async () => {
  await using scene = await openTwo();
  const { link, changing, hears } = scene;
  const connection = connectionRecord();
  await changing.change('default', ({ connections }) => connections.insert(connection));
  const remove = () =>
    changing.change('default', async ({ connections, audit }) => {
      await connections.delete(connection);
      await audit.append(auditEventRecord());
    });
  link.blackhole();
  await expect(remove()).rejects.toMatchObject({ code: 'TEMPORARILY_UNAVAILABLE' });
  link.pass();
  await until('the event is told', () => hears(1));
});

test('after a loss in Redis followers are told that any log may have grown', async () => {
  await using scene = await openTwo();
  const { redis, heard } = scene;
  expect(heard).not.toContain(undefined);
  await sendRedisCommand(redis.port, 'FLUSHALL');
  await until('followers are told', () => heard.includes(undefined));
});
