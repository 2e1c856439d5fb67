import { expect, inject, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { openReplica } from '../support/replicated-database.js';
import { runPostgres } from '../support/run-postgres.js';
import { newPooledDatabaseUrl, newRedisUrl } from '../support/shared-servers.js';

test.skipIf(inject('pgbouncerPort') === undefined)(
  'a user whom pgbouncer does not let in is said to be so',
  async () => {
    const url = new URL(await newPooledDatabaseUrl());
    url.username = 'stranger';
    await expect(migratePostgresDatabase(new Secret(url.href), createLogger('error'))).rejects.toThrow(
      /^The database of DATABASE_URL cannot be used \(.*authentication failed\)\. Start PostgreSQL, or mend the URL: /,
    );
  },
);

/** The contract suites run behind pgbouncer too: test/contract/replicated.test.ts. */
test.skipIf(inject('pgbouncerPort') === undefined)(
  'five replicas that start at once behind pgbouncer in transaction mode migrate once, and all of them start',
  async () => {
    const place = { databaseUrl: await newPooledDatabaseUrl(), redisUrl: await newRedisUrl() };

    const opened = await Promise.all(Array.from({ length: 5 }, () => openReplica(place)));
    for (const replica of opened) await replica[Symbol.asyncDispose]();

    const applied = await runPostgres(place.databaseUrl, 'select name from kysely_migration order by name');
    expect(new Set(applied.split('\n')).size).toBe(applied.split('\n').length);
    expect(applied).toContain('0005_name_keys');
  },
);
