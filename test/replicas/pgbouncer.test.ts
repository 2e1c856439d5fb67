import { expect, inject, test } from 'vitest';
import { openReplica } from '../support/replicated-database.js';
import { runPostgres } from '../support/run-postgres.js';
import { newPooledDatabaseUrl, newRedisUrl } from '../support/shared-servers.js';

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
