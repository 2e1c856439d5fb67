import { afterAll, beforeAll, describe } from 'vitest';
import { newCopiedUrl } from '../support/copied-database.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { describeCallCounter } from './call.counter.contract.js';
import { openReplicas } from './open-replicas.js';
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
    return openReplicas({ databaseUrl: await newCopiedUrl(), redisUrl: cluster.url });
  };
  describeTokenStore(open);
  describeSharedTokenStore(open);
  describeCallCounter(open);
});
