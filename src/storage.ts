import type { Config } from './config.js';
import type { Database } from './domain/store.js';
import type { Clock } from './lib/clock.js';
import type { KeyRing } from './lib/key-ring.js';
import type { Logger } from './lib/logger.js';

/**
 * Which stores the configuration asks for. Each is loaded when it is needed: a gateway that is one process starts
 * without the clients of PostgreSQL and Redis.
 * @throws StartupError
 */
export async function openDatabase(parts: {
  config: Config;
  keyRing: KeyRing;
  clock: Clock;
  logger: Logger;
}): Promise<Database> {
  const { config, keyRing, clock, logger } = parts;
  const database = await open();
  try {
    await database.verifyKeyRing(keyRing);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }

  async function open(): Promise<Database> {
    if (config.replicas === undefined) {
      const { openEmbeddedDatabase } = await import('./stores/embedded.database.js');
      return openEmbeddedDatabase(config.dataDirectory, clock);
    }
    const { openReplicatedDatabase } = await import('./stores/replicated.database.js');
    const { replicas, revocationBoundMs } = config;
    return openReplicatedDatabase({ ...replicas, revocationBoundMs, keyRing, clock, logger });
  }
}

/** Brings the stored state to this version's schema; resolves with the names of the migrations that were applied. */
export async function migrateDatabase(config: Config, logger: Logger): Promise<readonly string[]> {
  if (config.replicas === undefined) {
    const { migrateEmbeddedDatabase } = await import('./stores/embedded.database.js');
    return migrateEmbeddedDatabase(config.dataDirectory);
  }
  const { migrateReplicatedDatabase } = await import('./stores/replicated.database.js');
  return migrateReplicatedDatabase(config.replicas.databaseUrl, logger);
}
