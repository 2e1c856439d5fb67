import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { StateServers } from './state-servers.ts';

/** A new key ring, as LATCHKEY_KEYS has it. */
export function newKeys(): string {
  return `k1:${randomBytes(32).toString('base64url')}`;
}

/** The settings by which gateways are replicas on one state. */
export function replicaSettings({ databaseUrl, redisUrl }: StateServers) {
  return { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, LATCHKEY_KEYS: newKeys() };
}

/** The settings by which a gateway has these organisations, written to `file`. */
export function organizationSettings(file: string, organizations: readonly string[]) {
  writeFileSync(file, JSON.stringify(organizations.map((id) => ({ id, issuer: 'LOCAL' }))));
  return { LATCHKEY_ORGANIZATIONS: file };
}
