import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Latchkey, startLatchkey } from './latchkey.ts';
import type { StateServers } from './state-servers.ts';

/** The same gateway twice: one that limits nothing, and one that counts every call against limits that are not reached. */
export interface LimitedPair {
  readonly unlimited: Latchkey;
  readonly limited: Latchkey;
}

const UNREACHED = { LATCHKEY_LIMITS: 'on', LATCHKEY_CALLS_PER_MINUTE: '1000000', LATCHKEY_CALLS_PER_DAY: '1000000000' };

/** Replicas on one state. */
export async function startReplicaPair({ databaseUrl, redisUrl }: StateServers): Promise<LimitedPair> {
  const keys = `k1:${randomBytes(32).toString('base64url')}`;
  const state = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, LATCHKEY_KEYS: keys };
  return {
    unlimited: await startLatchkey(state, 'replica without limits'),
    limited: await startLatchkey({ ...state, ...UNREACHED }, 'replica with limits'),
  };
}

/** Gateways that run alone, each on a data directory of its own. */
export async function startSinglePair(parent: string): Promise<LimitedPair> {
  const start = (name: string, settings: NodeJS.ProcessEnv) => {
    const directory = join(parent, name.replaceAll(' ', '-'));
    mkdirSync(directory);
    return startLatchkey({ LATCHKEY_DATA_DIR: directory, ...settings }, name);
  };
  return {
    unlimited: await start('single process without limits', {}),
    limited: await start('single process with limits', UNREACHED),
  };
}
