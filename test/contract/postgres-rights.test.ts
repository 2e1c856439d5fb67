import { expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { TABLE_RIGHTS } from '../../src/stores/postgresql/rights.check.js';
import { createRole, grantsTo, newMigratedUrl } from '../support/postgres-role.js';
import { runPostgres } from '../support/run-postgres.js';
import { newDatabaseUrl } from '../support/shared-servers.js';

/** What the check at the start says; `accepted` where it finds nothing. */
function verdictOn(url: string): Promise<string> {
  return migratePostgresDatabase(new Secret(url), createLogger('error')).then(
    () => 'accepted',
    (error: Error) => error.message,
  );
}

/** What an operator does with the statements of a sentence. */
async function runAll(adminUrl: string, statements: string): Promise<void> {
  for (const statement of statements.split(/(?<=;) /)) await runPostgres(adminUrl, statement);
}

test('each right that a gateway needs on a table is missed at the start, and the sentence says how to grant it', async () => {
  const adminUrl = await newMigratedUrl();
  const { name, url } = await createRole(adminUrl, grantsTo);
  expect(await verdictOn(url)).toBe('accepted');

  for (const [table, rights] of Object.entries(TABLE_RIGHTS)) {
    for (const right of rights) {
      await runPostgres(adminUrl, `revoke ${right} on ${table} from ${name}`);
      const grant = `grant ${right} on public.${table} to ${name};`;
      expect(await verdictOn(url)).toBe(
        `The user ${name} of DATABASE_URL lacks rights on Latchkey's tables. Run as their owner: ${grant}`,
      );
      await runPostgres(adminUrl, grant);
    }
  }
  expect(await verdictOn(url)).toBe('accepted');
});

test('what the sentences say to run is enough, where all tables are another’s and the role may do nothing', async () => {
  const adminUrl = await newMigratedUrl();
  const { url } = await createRole(adminUrl);
  const [, statements = ''] = /Run as their owner: (.*)$/.exec(await verdictOn(url)) ?? [];
  for (const table of Object.keys(TABLE_RIGHTS)) expect(statements).toContain(` public.${table}`);
  await runAll(adminUrl, statements);
  expect(await verdictOn(url)).toBe('accepted');
});

test('a role that may not create tables is told how it may, and migrates then', async () => {
  const adminUrl = await newDatabaseUrl();
  const { name, url } = await createRole(adminUrl);
  const verdict = await verdictOn(url);
  expect(verdict).toBe(
    `The user ${name} of DATABASE_URL may not bring the tables in the schema public to this version (permission denied for schema public). Run latchkey migrate as their owner, or for new tables: grant usage, create on schema public to ${name};`,
  );
  await runPostgres(adminUrl, verdict.slice(verdict.indexOf('grant ')));
  expect(await verdictOn(url)).toBe('accepted');
});

test('a role with all rights on tables of an older version is told that only their owner may migrate them', async () => {
  const adminUrl = await newMigratedUrl();
  await runPostgres(adminUrl, "delete from kysely_migration where name = '0005_name_keys'");
  const { url } = await createRole(adminUrl, grantsTo);
  expect(await verdictOn(url)).toMatch(
    /to this version \(permission denied .*\)\. Run latchkey migrate as their owner/,
  );
});

test.each([
  ['names a schema that is not there', (name: string) => `alter role ${name} set search_path = absent`],
  [
    'names a schema that it may not use',
    (_: string, database: string) => `alter database ${database} set search_path = locked`,
  ],
])('a role whose search_path %s is told how to mend it, and migrates then', async (_, spoil) => {
  const adminUrl = await newDatabaseUrl();
  await runPostgres(adminUrl, 'create schema locked');
  const { name, url } = await createRole(adminUrl, (role) => [
    `grant create on schema public to ${role}`,
    spoil(role, new URL(adminUrl).pathname.slice(1)),
  ]);
  const verdict = await verdictOn(url);
  const [start = '', statements = ''] = verdict.split("Run as the database's owner: ");
  expect(start).toBe(`The search_path of the user ${name} of DATABASE_URL names no schema that it may use. `);
  await runAll(adminUrl, statements);
  expect(await verdictOn(url)).toBe('accepted');
});

test('a role whose search_path leads past the tables is told so, and gets no second set of them', async () => {
  const adminUrl = await newMigratedUrl();
  await runPostgres(adminUrl, 'create schema elsewhere');
  const { name, url } = await createRole(adminUrl, (role) => [
    `grant usage, create on schema elsewhere to ${role}`,
    `alter role ${role} set search_path = elsewhere`,
  ]);
  expect(await verdictOn(url)).toMatch(
    `Latchkey's tables are in a schema that the search_path of the user ${name} of DATABASE_URL does not name`,
  );
});
