import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Latchkey, startLatchkey } from './latchkey.ts';
import { type ServerProcess, startServer } from './processes.ts';
import type { StateServers } from './state-servers.ts';

/** The same gateway twice: one that limits nothing, and one that counts every call against limits that are not reached. */
export interface LimitedPair {
  readonly unlimited: Latchkey;
  readonly limited: Latchkey;
}

export interface LimitedPairs {
  /** Replicas on one state. */
  readonly replicas: LimitedPair;
  /** Gateways that run alone. */
  readonly singles: LimitedPair;
}

/** The most that a setting takes, and the default. */
export const PER_MINUTE = 10_000;
export const PER_DAY = 50_000;
/**
 * A million calls in a minute, and five in a run: several times what one core answers in the seconds that a run loads
 * each server. An answer of 429 would end the run.
 */
export const ORGANIZATIONS = Array.from({ length: 100 }, (_, index) => `org-${index}`);

const UNREACHED = {
  LATCHKEY_LIMITS: 'on',
  LATCHKEY_CALLS_PER_MINUTE: String(PER_MINUTE),
  LATCHKEY_CALLS_PER_DAY: String(PER_DAY),
};

export interface LimitPeers {
  readonly bareFastify: ServerProcess;
  /** Counts each request of as many organisations, against the same limits on the same Redis. */
  readonly limitingFastify: ServerProcess;
}

export async function startLimitPeers({ redisUrl }: StateServers): Promise<LimitPeers> {
  const env = {
    REDIS_URL: redisUrl,
    ORGANIZATIONS: String(ORGANIZATIONS.length),
    PER_MINUTE: String(PER_MINUTE),
    PER_DAY: String(PER_DAY),
  };
  const name = 'fastify + rate-limiter-flexible';
  return {
    bareFastify: await startServer('bare fastify', 'bench/peers/bare-fastify.ts'),
    limitingFastify: await startServer(name, 'bench/peers/limiting-fastify.ts', { env }),
  };
}

/** The single gateways each have a data directory of their own in `directory`. */
export async function startPairs(directory: string, state: StateServers): Promise<LimitedPairs> {
  const file = join(directory, 'organizations.json');
  writeFileSync(file, JSON.stringify(ORGANIZATIONS.map((id) => ({ id, issuer: 'LOCAL' }))));
  const keys = `k1:${randomBytes(32).toString('base64url')}`;
  const settings = { LATCHKEY_ORGANIZATIONS: file, LATCHKEY_KEYS: keys };
  return { replicas: await startReplicaPair(settings, state), singles: await startSinglePair(settings, directory) };
}

async function startReplicaPair(
  settings: NodeJS.ProcessEnv,
  { databaseUrl, redisUrl }: StateServers,
): Promise<LimitedPair> {
  const state = { ...settings, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  return {
    unlimited: await startLatchkey(state, 'replica without limits'),
    limited: await startLatchkey({ ...state, ...UNREACHED }, 'replica with limits'),
  };
}

async function startSinglePair(settings: NodeJS.ProcessEnv, parent: string): Promise<LimitedPair> {
  const start = (name: string, more: NodeJS.ProcessEnv) => {
    const directory = join(parent, name.replaceAll(' ', '-'));
    mkdirSync(directory);
    return startLatchkey({ ...settings, LATCHKEY_DATA_DIR: directory, ...more }, name);
  };
  return {
    unlimited: await start('single process without limits', {}),
    limited: await start('single process with limits', UNREACHED),
  };
}
