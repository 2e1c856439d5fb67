import { afterAll, beforeAll, describe } from 'vitest';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { openReplica } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { describeCallCounter } from './call.counter.contract.js';
import { describeSharedTokenStore } from './shared-token.store.contract.js';
import { describeTokenStore } from './token.store.contract.js';

/** The ports that are kept in Redis: a Cluster refuses a script whose keys are not in one slot. */
describe('the replicated database on a Cluster of three primaries', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster({ primaries: 3 });
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  const open = async () => {
    // A Cluster has one database, which tests have one after the other.
    await Promise.all(cluster.servers.map(({ port }) => sendRedisCommand(port, 'FLUSHALL')));
    await using stack = new AsyncDisposableStack();
    const place = { databaseUrl: await newDatabaseUrl(), redisUrl: cluster.url };
    const { database } = stack.use(await openReplica(place));
    const opened = stack.move();
    return {
      database,
      openAnother: async () => opened.use(await openReplica(place)).database,
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    };
  };
  describeTokenStore(open);
  describeSharedTokenStore(open);
  describeCallCounter(open);
});
