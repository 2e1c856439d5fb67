import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Latchkey, startLatchkey } from './latchkey.ts';
import { type ServerProcess, startServer } from './processes.ts';
import type { StateServers } from './state-servers.ts';
import { newKeys, organizationSettings, replicaSettings } from './state-settings.ts';

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
  return {
    replicas: await startReplicaPair(unlimitedReplica(directory, state)),
    singles: await startSinglePair({ ...organizationsIn(directory), LATCHKEY_KEYS: newKeys() }, directory),
  };
}

/** The settings of a replica that counts every call. */
export function limitedReplica(directory: string, state: StateServers): NodeJS.ProcessEnv {
  return { ...unlimitedReplica(directory, state), ...UNREACHED };
}

function unlimitedReplica(directory: string, state: StateServers): NodeJS.ProcessEnv {
  return { ...organizationsIn(directory), ...replicaSettings(state) };
}

function organizationsIn(directory: string) {
  return organizationSettings(join(directory, 'organizations.json'), ORGANIZATIONS);
}

async function startReplicaPair(settings: NodeJS.ProcessEnv): Promise<LimitedPair> {
  return {
    unlimited: await startLatchkey(settings, 'replica without limits'),
    limited: await startLatchkey({ ...settings, ...UNREACHED }, 'replica with limits'),
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
