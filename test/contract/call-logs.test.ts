import { describe } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { openPostgres } from '../../src/stores/postgresql/postgres.js';
import { migrateSqlite } from '../../src/stores/sqlite/migration.sqlite.js';
import { openSqlite } from '../../src/stores/sqlite/sqlite.js';
import { newCopiedUrl } from '../support/copied-database.js';
import { PATIENT_MS } from '../support/replicated-database.js';
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
    const url = new Secret(await newCopiedUrl());
    const logger = createLogger('error');
    const db = openPostgres(url, logger, { connections: 2, deadlineMs: PATIENT_MS });
    return { db, [Symbol.asyncDispose]: () => db.destroy() };
  });
});
