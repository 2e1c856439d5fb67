import { type Kysely, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openEmbeddedDatabase } from '../../src/stores/embedded.database.js';
import { MIGRATIONS, type Migrations } from '../../src/stores/sql/migrations.js';
import { migrateSqlite } from '../../src/stores/sqlite/migration.sqlite.js';
import { openSqlite } from '../../src/stores/sqlite/sqlite.js';
import { openTestDatabase, runSql } from '../support/embedded-database.js';
import { connectionRecord } from '../support/records.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** Migrations of the embedded store, which Kysely's own migrator would run without a transaction. */

/** But for the table that Kysely's migrator would lock. */
const TABLES = "select name from sqlite_schema where type = 'table' and name <> 'kysely_migration_lock' order by name";

/** Migrates what is there with our migrations and these. */
async function migrateWith(directory: string, more: Migrations): Promise<readonly string[]> {
  const { db } = openSqlite(directory);
  try {
    return await migrateSqlite(db, { ...MIGRATIONS, ...more });
  } finally {
    await db.destroy();
  }
}

function migrationOf(...statements: readonly string[]): Migrations {
  const up = async (db: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(db);
  };
  return { '9999_of_a_test': { up } };
}

/** The directory of a database with one connection and its secret, which nobody has open. */
async function createUsed() {
  const opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  await database.close();
  return { ...opened, connection };
}

test('a first start whose disk is full at any of its pages leaves a directory that starts once there is room', async () => {
  for (let pages = 2; ; pages++) {
    await using directory = await createTemporaryDirectory();
    const { db } = openSqlite(directory.path);
    await sql.raw(`pragma max_page_count = ${pages}`).execute(db);
    const [outcome] = await Promise.allSettled([migrateSqlite(db)]);
    await db.destroy();
    const database = await openEmbeddedDatabase(directory.path);
    await database.close();
    if (outcome.status === 'fulfilled') {
      expect(pages).toBeGreaterThan(20);
      return;
    }
  }
});

describe('what a start of a version without transactions left half-way', () => {
  const HALF = [
    'create table kysely_migration (name varchar(255) primary key not null, timestamp varchar(255) not null)',
    'create table kysely_migration_lock (id varchar(255) primary key not null, is_locked integer not null)',
    "insert into kysely_migration_lock values ('migration_lock', 0)",
    'create table organizations (id text primary key not null, issuer text not null)',
    'create table connections (id text primary key not null, organization_id text references organizations (id))',
  ];

  test('is made anew where it holds nothing', async () => {
    await using directory = await createTemporaryDirectory();
    await runSql(directory.path, ...HALF);
    await using fresh = await openTestDatabase();
    await fresh.database.close();

    await (await openEmbeddedDatabase(directory.path)).close();

    const [expected] = await runSql(fresh.directory, TABLES);
    expect(await runSql(directory.path, TABLES)).toEqual([expected]);
  });

  test('is refused for what it is where it holds something, and left as it is', async () => {
    await using directory = await createTemporaryDirectory();
    await runSql(directory.path, ...HALF, "insert into organizations values ('default', 'LOCAL')");

    await expect(openEmbeddedDatabase(directory.path)).rejects.toThrow(
      `${directory.path}/latchkey.sqlite is not as a version of Latchkey leaves it (table "organizations" already exists). Restore it from a backup, or move it away.`,
    );
    expect(await runSql(directory.path, 'select * from organizations')).toEqual([[{ id: 'default', issuer: 'LOCAL' }]]);
  });
});

test('a migration that fails leaves nothing of itself', async () => {
  await using used = await createUsed();
  const failing = migrationOf('create table half (id text)', 'insert into absent values (1)');

  await expect(migrateWith(used.directory, failing)).rejects.toThrow(/no such table: absent/);

  const [tables] = await runSql(used.directory, TABLES);
  expect(tables).not.toContainEqual({ name: 'half' });
  expect(await migrateWith(used.directory, {})).toEqual([]);
});

test('a migration that rebuilds a table keeps the rows that refer to it', async () => {
  await using used = await createUsed();
  const rebuilding = migrationOf(
    'create table rebuilt as select * from connections',
    'drop table connections',
    'create table connections (id text primary key not null, name text not null)',
    'insert into connections select id, name from rebuilt',
    'drop table rebuilt',
  );

  expect(await migrateWith(used.directory, rebuilding)).toEqual(['9999_of_a_test']);

  const ids = used.connection.secrets.map(({ id }) => ({ id }));
  expect(ids).toHaveLength(1);
  expect(await runSql(used.directory, 'select id from connection_secrets', 'pragma foreign_keys')).toEqual([
    ids,
    [{ foreign_keys: 1 }],
  ]);
});

test('a migration that would leave rows without what they refer to is refused, and nothing is migrated', async () => {
  await using used = await createUsed();

  await expect(migrateWith(used.directory, migrationOf('delete from connections'))).rejects.toThrow(
    'The stored state holds rows that refer to missing ones (in connection_secrets), so that it cannot be migrated. Restore it from a backup, or start the version that wrote it.',
  );

  expect(await runSql(used.directory, 'select id from connections')).toEqual([[{ id: used.connection.id }]]);
});

test('keys of names that were stored before are folded too, but for one whose key is taken, which can be changed all the same', async () => {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const names = ['only one', 'taken', 'taken already', 'younger'];
  const records = names.map((name, index) => connectionRecord({ name, createdAt: index }));
  for (const record of records) await database.change('default', ({ connections }) => connections.insert(record));
  await database.close();
  const keyAs = (name: string, key: string) => `update connections set name_key = '${key}' where name = '${name}'`;
  await runSql(
    opened.directory,
    "delete from kysely_migration where name = '0005_name_keys'",
    keyAs('only one', 'only\u00a0 one'),
    keyAs('taken', 'taken\u2003already'),
    keyAs('younger', 'only\u3000one'),
  );

  const migrated = await openEmbeddedDatabase(opened.directory);
  for (const record of records) {
    const disabled = { ...record, status: 'DISABLED' } as const;
    await migrated.change('default', ({ connections }) => connections.update(disabled));
  }
  await migrated.close();

  const [rows] = await runSql(opened.directory, 'select name, name_key from connections order by created_at');
  expect(rows).toEqual([
    { name: 'only one', name_key: 'only one' },
    { name: 'taken', name_key: 'taken\u2003already' },
    { name: 'taken already', name_key: 'taken already' },
    { name: 'younger', name_key: 'only\u3000one' },
  ]);
});
