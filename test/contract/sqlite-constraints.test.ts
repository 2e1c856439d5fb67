import { expect, test } from 'vitest';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import { openEmbeddedDatabase } from '../../src/stores/embedded.database.js';
import { openTestDatabase, runSql } from '../support/embedded-database.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { findTokens, insertTokens } from '../support/stored-tokens.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';

/** What the schema itself keeps from happening, past all code of ours: rows are written by plain SQL. */

interface Row {
  readonly id?: string;
  readonly organization?: string;
  readonly nameKey?: string;
  readonly type?: string;
  readonly status?: string;
  readonly clientId?: string | null;
  readonly slot?: number | null;
}

const tenantUrl = parseTenantUrl('https://acme.example', { allowLoopback: false });
let rows = 0;

function literal(value: string | number | null): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function insertConnection(row: Row = {}): string {
  const unique = `row-${++rows}`;
  const { id = unique, organization = 'default', nameKey = unique, type = 'OAUTH', status = 'ACTIVE' } = row;
  const { clientId = type === 'OAUTH' ? unique : null, slot = type === 'OAUTH' ? 1 : null } = row;
  const values = [id, organization, 'name', nameKey, 'GAINSIGHT_API', type, status, clientId, slot, 1, '[]', 0, 'x', 0];
  return `insert into connections (id, organization_id, name, name_key, connector, authentication_type, status,
    client_id, slot, generation, allowed_cidrs, created_at, created_by, updated_at)
    values (${values.map(literal).join(', ')})`;
}

function insertSecret(row: { connection: string; state?: string; digest?: string }): string {
  const { connection, state = 'CURRENT', digest = `digest-${++rows}` } = row;
  const values = [`secret-${++rows}`, connection, state, digest, 'k1', 'lkcs_abcd', 'wxyz', 0];
  return `insert into connection_secrets (id, connection_id, state, digest, digest_kid, prefix, last4, created_at)
    values (${values.map(literal).join(', ')})`;
}

const ORGANIZATIONS = "insert into organizations (id, issuer) values ('default', 'LOCAL'), ('other', 'LOCAL')";
const FIFTEEN = Array.from({ length: 15 }, (_, index) => insertConnection({ slot: index + 1 }));

test.each<[string, string[], string, RegExp]>([
  ['a 16th slot', FIFTEEN, insertConnection({ slot: 16 }), /CHECK.*connections_kind/],
  ['a slot below the first', [], insertConnection({ slot: 0 }), /CHECK.*connections_kind/],
  ['an OAuth connection without a slot', [], insertConnection({ slot: null }), /CHECK.*connections_kind/],
  ['an OAuth connection without a client id', [], insertConnection({ clientId: null }), /CHECK.*connections_kind/],
  ['a slot that is taken', FIFTEEN, insertConnection({ slot: 15 }), /UNIQUE.*slot/],
  [
    'an access key that takes a slot',
    [],
    insertConnection({ type: 'ACCESS_KEY', clientId: null, slot: 1 }),
    /CHECK.*connections_kind/,
  ],
  [
    'an access key with a client id',
    [],
    insertConnection({ type: 'ACCESS_KEY', clientId: 'x', slot: null }),
    /CHECK.*connections_kind/,
  ],
  [
    'a second access key',
    [insertConnection({ type: 'ACCESS_KEY' })],
    insertConnection({ type: 'ACCESS_KEY' }),
    /UNIQUE.*connections\.organization_id$/,
  ],
  [
    'another type, which no cap counts',
    [],
    insertConnection({ type: 'OTHER', clientId: null, slot: null }),
    /CHECK.*connections_kind/,
  ],
  [
    'an equal name',
    [insertConnection({ nameKey: 'same' })],
    insertConnection({ nameKey: 'same', slot: 2 }),
    /UNIQUE.*name_key/,
  ],
  [
    'a client id that another organisation has',
    [insertConnection({ clientId: 'same' })],
    insertConnection({ clientId: 'same', organization: 'other' }),
    /UNIQUE.*client_id/,
  ],
  ['a connection of no organisation', [], insertConnection({ organization: 'absent' }), /FOREIGN KEY/],
  ['a status of another word', [], insertConnection({ status: 'active' }), /CHECK.*status/],
  [
    'an issuer of another word',
    [],
    "insert into organizations (id, issuer) values ('third', 'REMOTE')",
    /CHECK.*issuer/,
  ],
  ['a secret of no connection', [], insertSecret({ connection: 'absent' }), /FOREIGN KEY/],
  [
    'two secrets of a connection in one state',
    [insertConnection({ id: 'c' }), insertSecret({ connection: 'c' })],
    insertSecret({ connection: 'c' }),
    /UNIQUE.*state/,
  ],
  [
    'a third state, and so a third secret',
    [insertConnection({ id: 'c' }), insertSecret({ connection: 'c' })],
    insertSecret({ connection: 'c', state: 'SPARE' }),
    /CHECK.*state/,
  ],
  [
    'a digest that another secret has',
    [insertConnection({ id: 'c' }), insertSecret({ connection: 'c', digest: 'same' })],
    insertSecret({ connection: 'c', digest: 'same', state: 'RETIRING' }),
    /UNIQUE.*digest/,
  ],
])('the schema refuses %s', async (_, before, refused, because) => {
  await using opened = await openTestDatabase();
  await opened.database.close();
  await runSql(opened.directory, ORGANIZATIONS, ...before);

  await expect(runSql(opened.directory, refused)).rejects.toThrow(because);
});

test('neither cap nor name is got round by changing a row that is there', async () => {
  await using opened = await openTestDatabase();
  await opened.database.close();
  const key = insertConnection({ id: 'key', type: 'ACCESS_KEY' });
  await runSql(opened.directory, ORGANIZATIONS, key, ...FIFTEEN);
  const update = (change: string) => runSql(opened.directory, `update connections set ${change} where slot = 1`);

  await expect(update('slot = 2')).rejects.toThrow(/UNIQUE/);
  await expect(update('slot = 16')).rejects.toThrow(/CHECK/);
  await expect(update("authentication_type = 'ACCESS_KEY', client_id = null, slot = null")).rejects.toThrow(/UNIQUE/);
  await expect(update("name_key = (select name_key from connections where id = 'key')")).rejects.toThrow(/UNIQUE/);
});

test('what a port wrote is there after the database was closed and opened again', async () => {
  await using directory = await createTemporaryDirectory();
  const connection = connectionRecord();
  const token = tokenRecord(connection);
  const first = await openEmbeddedDatabase(directory.path);
  await first.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  await first.change('default', ({ connections }) => connections.insert(connection));
  await insertTokens(first, [token]);
  await first.close();

  const second = await openEmbeddedDatabase(directory.path);
  const found = [await second.connections.list('default'), await findTokens(second, [token.digest])];
  await second.close();

  expect(found).toMatchObject([[connection], [token]]);
});

test('saving an organisation again writes its new issuer', async () => {
  await using opened = await openTestDatabase();
  await opened.database.organizations.save([
    { id: 'default', issuer: 'LOCAL' },
    { id: 'other', issuer: 'LOCAL' },
  ]);
  await opened.database.organizations.save([{ id: 'other', issuer: 'UPSTREAM', tenantUrl }]);
  await opened.database.close();

  const [kept] = await runSql(opened.directory, 'select id, issuer from organizations order by id');
  expect(kept).toEqual([
    { id: 'default', issuer: 'LOCAL' },
    { id: 'other', issuer: 'UPSTREAM' },
  ]);
});

test('what SQLite refuses for a reason that is not the domain’s stays what it was', async () => {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const first = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(first));

  const sameId = connectionRecord({ id: first.id, name: 'another name' });
  const attempt = database.change('default', ({ connections }) => connections.insert(sameId));

  await expect(attempt).rejects.toThrow(/UNIQUE constraint failed: connections\.id/);
});

test('each commit is written through to the disk, and readers do not wait for writers', async () => {
  await using opened = await openTestDatabase();
  await opened.database.close();
  const [synchronous, journal, foreignKeys] = await runSql(
    opened.directory,
    'pragma synchronous',
    'pragma journal_mode',
    'pragma foreign_keys',
  );
  // https://www.sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
  expect([synchronous, journal, foreignKeys]).toEqual([
    [{ synchronous: 2 }],
    [{ journal_mode: 'wal' }],
    [{ foreign_keys: 1 }],
  ]);
});
