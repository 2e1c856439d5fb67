import { expect, test } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { startSentinels } from '../support/redis-sentinels.js';
import { startRedis, startReplica } from '../support/redis-server.js';
import { HASTY_MS, openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { findTokens } from '../support/stored-tokens.js';
import { until } from '../support/until.js';

/** Longer than a sentinel is waited for. */
const SLOW_MS = 300;

test('a failover that is announced while the primary is being looked for ends with the new one in use', async () => {
  await using master = await startRedis();
  await using replica = await startReplica(master);
  await using sentinels = await startSentinels(master, { count: 1, downAfterMs: 500, name: 'latchkey' });
  await using link = await startFaultProxy(sentinels.ports[0] ?? 0);
  const redisUrl = `redis+sentinel://127.0.0.1:${link.port}/${sentinels.name}`;
  await using opened = await openReplica({ databaseUrl: await newDatabaseUrl(), redisUrl }, { deadlineMs: HASTY_MS });
  const answers = async () => (await findTokens(opened.database, ['absent'])).length === 1;
  expect(await answers()).toBe(true);

  // What the sentinel is asked it answers too late, so that it is asked again and again; what it announces still comes.
  link.delay(SLOW_MS);
  master.kill('SIGKILL');
  await until('there is another primary', async () => (await sentinels.masterPorts())[0] === replica.port);
  link.pass();

  await until('the new primary is in use', answers);
});

test('a sentinel that is asked first and is silent stops neither the start nor the failover: the next one is asked', async () => {
  await using master = await startRedis();
  await using replica = await startReplica(master);
  await using sentinels = await startSentinels(master, { count: 1, downAfterMs: 500, name: 'latchkey' });
  const port = sentinels.ports[0] ?? 0;
  await using one = await startFaultProxy(port);
  await using other = await startFaultProxy(port);
  const redisUrl = `redis+sentinel://127.0.0.1:${one.port},127.0.0.1:${other.port}/${sentinels.name}`;

  // It takes connections, and says nothing.
  one.blackhole();
  await using opened = await openReplica({ databaseUrl: await newDatabaseUrl(), redisUrl }, { deadlineMs: HASTY_MS });
  const answers = async () => (await findTokens(opened.database, ['absent'])).length === 1;
  await until('the primary is in use', answers);

  // The one that answered is asked first from then on.
  one.pass();
  other.blackhole();
  master.kill('SIGKILL');
  await until('there is another primary', async () => (await sentinels.masterPorts())[0] === replica.port);
  await until('the new primary is in use', answers);
});
