import { describe, expect, inject, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { openReplica } from '../support/replicated-database.js';
import { runPostgres } from '../support/run-postgres.js';
import { newDatabaseUrl, newPooledDatabaseUrl, newRedisUrl } from '../support/shared-servers.js';

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

const PLACES = [
  ['directly', () => newDatabaseUrl(), false],
  ['behind pgbouncer in transaction mode', () => newPooledDatabaseUrl(), inject('pgbouncerPort') === undefined],
] as const;

describe.each(PLACES)('%s', (_, newUrl, isLeftOut) => {
  test.skipIf(isLeftOut)(
    'a migration that fails half-way leaves nothing behind, and the next start succeeds',
    async () => {
      const place = { databaseUrl: await newUrl(), redisUrl: await newRedisUrl() };
      const tables = "select string_agg(tablename, ',' order by tablename) from pg_tables where schemaname = 'public'";
      // What a later migration makes is there already.
      await runPostgres(place.databaseUrl, 'create table call_logs (subject text)');
      await expect(openReplica(place)).rejects.toThrow('relation "call_logs" already exists');
      const left = (await runPostgres(place.databaseUrl, tables)).split(',');
      expect(left.filter((name) => !name.startsWith('kysely_'))).toEqual(['call_logs']);

      await runPostgres(place.databaseUrl, 'drop table call_logs');
      await using replica = await openReplica(place);
      expect(await replica.database.checkHealth()).toEqual({ degradedBy: undefined });
    },
  );
});
