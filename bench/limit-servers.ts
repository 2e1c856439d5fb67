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
  const settings = writeOrganizations(directory);
  return { replicas: await startReplicaPair(settings, state), singles: await startSinglePair(settings, directory) };
}

/** The settings of a replica that counts every call. */
export function limitedReplicaSettings(directory: string, state: StateServers): NodeJS.ProcessEnv {
  return { ...writeOrganizations(directory), ...onState(state), ...UNREACHED };
}

/** The settings of gateways that have all of the organisations, in a file in `directory`. */
function writeOrganizations(directory: string): NodeJS.ProcessEnv {
  const file = join(directory, 'organizations.json');
  writeFileSync(file, JSON.stringify(ORGANIZATIONS.map((id) => ({ id, issuer: 'LOCAL' }))));
  return { LATCHKEY_ORGANIZATIONS: file, LATCHKEY_KEYS: `k1:${randomBytes(32).toString('base64url')}` };
}

function onState({ databaseUrl, redisUrl }: StateServers): NodeJS.ProcessEnv {
  return { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
}

async function startReplicaPair(settings: NodeJS.ProcessEnv, state: StateServers): Promise<LimitedPair> {
  const ofReplica = { ...settings, ...onState(state) };
  return {
    unlimited: await startLatchkey(ofReplica, 'replica without limits'),
    limited: await startLatchkey({ ...ofReplica, ...UNREACHED }, 'replica with limits'),
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
