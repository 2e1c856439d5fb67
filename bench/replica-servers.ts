import { join } from 'node:path';
import { type Latchkey, startLatchkey } from './latchkey.ts';
import { type ServerProcess, startServer } from './processes.ts';
import type { StateServers } from './state-servers.ts';
import { replicaSettings } from './state-settings.ts';

export interface ReplicaServers {
  readonly latchkey: Latchkey;
  /** One that remembers no token: each introspection asks Redis. */
  readonly forgetful: Latchkey;
  readonly oidcProvider: ServerProcess;
  readonly redisFastify: ServerProcess;
  readonly bareFastify: ServerProcess;
  /** One process with all its state in files of its own. */
  readonly embedded: Latchkey;
  /** One with all its state in a database of its own. */
  readonly onPostgres: Latchkey;
  /** The replicas' key ring. */
  readonly keys: string;
}

/** Starts the replicas, on one state, and their peers, on the same Redis; and Latchkey on its other states. */
export async function startReplicaServers(servers: StateServers, directory: string): Promise<ReplicaServers> {
  const { otherDatabaseUrl, redisUrl } = servers;
  const state = replicaSettings(servers);
  const keys = state.LATCHKEY_KEYS;
  const onRedis = { env: { REDIS_URL: redisUrl } };
  return {
    latchkey: await startLatchkey(state),
    forgetful: await startLatchkey({ ...state, LATCHKEY_REMEMBERED_TOKENS: '0' }),
    oidcProvider: await startServer('oidc-provider with Redis', 'bench/peers/oidc-provider-redis.ts', onRedis),
    redisFastify: await startServer('fastify with one Redis GET', 'bench/peers/redis-fastify.ts', onRedis),
    bareFastify: await startServer('bare fastify', 'bench/peers/bare-fastify.ts'),
    embedded: await startLatchkey({ LATCHKEY_DATA_DIR: join(directory, 'embedded') }, 'embedded Latchkey'),
    onPostgres: await startLatchkey(
      { DATABASE_URL: otherDatabaseUrl, LATCHKEY_KEYS: keys },
      'Latchkey on PostgreSQL alone',
    ),
    keys,
  };
}
