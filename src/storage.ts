import type { Config } from './config.js';
import type { Database, KeyUse } from './domain/database/database.js';
import type { Clock } from './lib/clock.js';
import { isInUse } from './lib/data-directory.js';
import type { KeyRing } from './lib/key-ring.js';
import type { Logger } from './lib/logger.js';
import { StartupError } from './lib/startup-error.js';

interface StorageParts {
  readonly config: Config;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens the configured stores, which this key ring must have written. Logs the keys in use that the ring lacks.
 * @throws StartupError
 */
export async function openDatabase(parts: StorageParts): Promise<Database> {
  const { keyRing, logger } = parts;
  const database = await openUnverifiedDatabase(parts);
  try {
    await database.verifyKeyRing(keyRing);
    warnOfMissing(await database.listKeyUses(), keyRing, logger);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function warnOfMissing(uses: readonly KeyUse[], { kids }: KeyRing, logger: Logger): void {
  for (const { kid, secrets, tenantCredentials } of uses.filter((use) => !kids.includes(use.kid))) {
    logger.warn('the key ring lacks a key that is in use', {
      count: secrets + tenantCredentials,
      detail: `Without the key ${kid}, ${secrets} secrets are refused and ${tenantCredentials} credentials of tenants do not open. Put it back behind the active one, or regenerate those secrets and replace those credentials.`,
    });
  }
}

/**
 * Loads each kind only when needed: a single-process gateway starts without the clients of PostgreSQL and Redis.
 * @throws StartupError
 */
export async function openUnverifiedDatabase(parts: StorageParts): Promise<Database> {
  const { config, keyRing, clock, logger } = parts;
  if (config.servers === undefined) {
    const { openEmbeddedDatabase } = await import('./stores/embedded.database.js');
    return openEmbeddedDatabase(config.dataDirectory, { clock, rememberedTokens: config.rememberedTokens });
  }
  const { servers, revocationBoundMs, rememberedTokens } = config;
  const { redis } = servers;
  if (redis === undefined) {
    const { openPostgresDatabase } = await import('./stores/postgresql.database.js');
    return openPostgresDatabase({ ...servers, clock, logger });
  }
  const { openReplicatedDatabase } = await import('./stores/replicated.database.js');
  return openReplicatedDatabase({ ...servers, redis, revocationBoundMs, rememberedTokens, keyRing, clock, logger });
}

/**
 * Refuses a command that needs a gateway's state where there is none: commands create no state.
 * @throws StartupError
 */
export function requireDatabase({ servers, dataDirectory }: Pick<Config, 'servers' | 'dataDirectory'>): void {
  if (servers !== undefined || isInUse(dataDirectory)) return;
  throw new StartupError(
    `There is no database in ${dataDirectory}. Set LATCHKEY_DATA_DIR as the gateway has it, or DATABASE_URL.`,
  );
}

/** Brings the stored state to this version's schema; resolves with the names of the applied migrations. */
export async function migrateDatabase(config: Config, logger: Logger): Promise<readonly string[]> {
  if (config.servers === undefined) {
    const { migrateEmbeddedDatabase } = await import('./stores/embedded.database.js');
    return migrateEmbeddedDatabase(config.dataDirectory);
  }
  const { migratePostgresDatabase } = await import('./stores/postgresql/migration.postgres.js');
  return migratePostgresDatabase(config.servers.databaseUrl, logger);
}
