import { describe } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { openPostgres } from '../../src/stores/postgresql/postgres.js';
import { migrateSqlite } from '../../src/stores/sqlite/migration.sqlite.js';
import { openSqlite } from '../../src/stores/sqlite/sqlite.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { describeCallLogs } from './call-logs.contract.js';

describe('in the embedded database', () => {
  describeCallLogs(async () => {
    const directory = await createTemporaryDirectory();
    const { db } = openSqlite(directory.path);
    await migrateSqlite(db);
    return {
      db,
      [Symbol.asyncDispose]: async () => {
        await db.destroy();
        await directory[Symbol.asyncDispose]();
      },
    };
  });
});

describe('in PostgreSQL', () => {
  describeCallLogs(async () => {
    const url = new Secret(await newDatabaseUrl());
    const logger = createLogger('error');
    await migratePostgresDatabase(url, logger);
    const db = openPostgres(url, logger, { connections: 2, deadlineMs: PATIENT_MS });
    return { db, [Symbol.asyncDispose]: () => db.destroy() };
  });
});
