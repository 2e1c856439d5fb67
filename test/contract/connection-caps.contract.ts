import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/domain/connections/connection.js';
import { type Uniqueness, UniquenessError } from '../../src/domain/connections/uniqueness.error.js';
import type { Database } from '../../src/domain/database/database.js';
import { connectionRecord } from '../support/records.js';
import { dealOut, type OpenDatabase, openWithOrganizations } from './open-database.js';

const OAUTH_MAX = 15;

function insert(database: Database, connection: Connection): Promise<void> {
  return database.change('default', ({ connections }) => connections.insert(connection));
}

function remove(database: Database, connection: Connection): Promise<void> {
  return database.change('default', ({ connections }) => connections.delete(connection));
}

async function insertMany(database: Database, count: number, given: Partial<Connection> = {}): Promise<Connection[]> {
  const connections = Array.from({ length: count }, () => connectionRecord(given));
  for (const connection of connections) await insert(database, connection);
  return connections;
}

/** What a constraint refused, or a description of whatever else became of the attempt. */
async function refusalOf(attempt: Promise<unknown>): Promise<Uniqueness | string> {
  try {
    await attempt;
    return 'was accepted';
  } catch (error) {
    return error instanceof UniquenessError ? error.uniqueness : `failed otherwise: ${error}`;
  }
}

function countOf(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(outcomes)].map((each) => [each, outcomes.filter((one) => one === each).length]),
  );
}

/** One access key, fifteen OAuth clients and unique names an organisation: by constraint, whoever races. */
export function describeConnectionCaps(open: OpenDatabase): void {
  describe('ConnectionStore: caps', () => {
    test('a second access key is refused, in this organisation only, until the first is deleted', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const key = (organizationId = 'default') =>
        connectionRecord({ authenticationType: 'ACCESS_KEY', organizationId });
      const first = key();
      await insert(database, first);

      expect(await refusalOf(insert(database, key()))).toBe('access_key');
      expect(await refusalOf(insert(database, key('other')))).toBe('was accepted');
      await remove(database, first);
      expect(await refusalOf(insert(database, key()))).toBe('was accepted');
      expect(await refusalOf(insert(database, key()))).toBe('access_key');
    });

    test('a 16th OAuth connection is refused, in this organisation only, and an access key is none', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertMany(database, OAUTH_MAX);

      expect(await refusalOf(insert(database, connectionRecord()))).toBe('oauth_slot');
      expect(await refusalOf(insert(database, connectionRecord({ authenticationType: 'ACCESS_KEY' })))).toBe(
        'was accepted',
      );
      expect(await refusalOf(insert(database, connectionRecord({ organizationId: 'other' })))).toBe('was accepted');
      expect(await database.connections.list('default')).toHaveLength(16);
    });

    test('a 16th OAuth connection whose name is taken besides is refused for the cap', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [first] = await insertMany(database, OAUTH_MAX);

      expect(await refusalOf(insert(database, connectionRecord({ name: first?.name ?? '' })))).toBe('oauth_slot');
    });

    test('the place of a deleted OAuth connection, whichever it was, is taken by the next and by one only', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connections = await insertMany(database, OAUTH_MAX);

      for (const index of [0, 7, 14]) {
        await remove(database, connections[index] ?? connectionRecord());
        expect(await refusalOf(insert(database, connectionRecord()))).toBe('was accepted');
        expect(await refusalOf(insert(database, connectionRecord()))).toBe('oauth_slot');
      }
      expect(await database.connections.list('default')).toHaveLength(OAUTH_MAX);
    });

    test('a disabled connection keeps its place', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertMany(database, OAUTH_MAX, { status: 'DISABLED' });

      expect(await refusalOf(insert(database, connectionRecord()))).toBe('oauth_slot');
    });

    test('of 200 OAuth connections that are created at once exactly 15 stay, and each loser is told why', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const databaseOf = await dealOut(opened);

      const outcomes = await Promise.all(
        Array.from({ length: 200 }, (_, caller) => refusalOf(insert(databaseOf(caller), connectionRecord()))),
      );

      expect(countOf(outcomes)).toEqual({ 'was accepted': 15, oauth_slot: 185 });
      expect(await database.connections.list('default')).toHaveLength(OAUTH_MAX);
    });

    test('of 50 access keys that are created at once exactly one stays', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const databaseOf = await dealOut(opened);

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, caller) =>
          refusalOf(insert(databaseOf(caller), connectionRecord({ authenticationType: 'ACCESS_KEY' }))),
        ),
      );

      expect(countOf(outcomes)).toEqual({ 'was accepted': 1, access_key: 49 });
      expect(await database.connections.list('default')).toHaveLength(1);
    });
  });

  describe('ConnectionStore: names', () => {
    test.each([
      ['the same', 'Salesforce', 'Salesforce'],
      ['another case', 'Salesforce', 'sALESFORCE'],
      ['another Unicode form', 'caf\u00e9', 'cafe\u0301'],
      ['another case and Unicode form', '\u00c5ngstr\u00f6m', 'a\u030angstro\u0308m'],
      ['ß and SS', 'straße', 'STRASSE'],
      ['capital ẞ and ß', 'STRAẞE', 'straße'],
      ['final and other sigma', 'Σίσυφος', 'ΣΊΣΥΦΟΣ'],
      ['other spaces', 'a b', 'a\u00a0 b'],
      ['a Deseret letter’s other case, beyond the first plane', '𐐀', '𐐨'],
    ])('a name is refused beside an equal one: %s', async (_, kept, refused) => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const first = connectionRecord({ name: kept });
      const second = connectionRecord();
      await insert(database, first);
      await insert(database, second);
      const rename = () =>
        database.change('default', ({ connections }) => connections.update({ ...second, name: refused }));

      expect(await refusalOf(insert(database, connectionRecord({ name: refused })))).toBe('connection_name');
      expect(
        await refusalOf(insert(database, connectionRecord({ name: refused, authenticationType: 'ACCESS_KEY' }))),
      ).toBe('connection_name');
      expect(await refusalOf(rename())).toBe('connection_name');
      expect(await database.connections.findMany('default', [first.id, second.id])).toEqual([first, second]);
    });

    test('another organisation may use the same name', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insert(database, connectionRecord({ name: 'shared' }));

      expect(await refusalOf(insert(database, connectionRecord({ name: 'shared', organizationId: 'other' })))).toBe(
        'was accepted',
      );
    });

    test('names that only look alike are different ones', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      // Cyrillic а, fullwidth ａ and a plain a: no form or case of one another.
      for (const name of ['a', 'а', 'ａ', 'a b', 'ab']) {
        expect(await refusalOf(insert(database, connectionRecord({ name })))).toBe('was accepted');
      }
    });

    test('a connection may take its own name in another case, and a name that was freed is free', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const connection = connectionRecord({ name: 'mine' });
      await insert(database, connection);

      await database.change('default', ({ connections }) => connections.update({ ...connection, name: 'MINE' }));
      expect(await refusalOf(insert(database, connectionRecord({ name: 'mine' })))).toBe('connection_name');
      await database.change('default', ({ connections }) => connections.update({ ...connection, name: 'yours' }));

      const next = connectionRecord({ name: 'mine' });
      expect(await refusalOf(insert(database, next))).toBe('was accepted');
      await remove(database, next);
      expect(await refusalOf(insert(database, connectionRecord({ name: 'Mine' })))).toBe('was accepted');
    });

    test('of 50 connections with one name that are created at once exactly one stays', async () => {
      await using opened = await openWithOrganizations(open);
      const databaseOf = await dealOut(opened);
      const forms = ['Caf\u00e9', 'CAFE\u0301', 'caf\u00e9', 'CAF\u00c9'];

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, caller) =>
          refusalOf(insert(databaseOf(caller), connectionRecord({ name: forms[(caller >> 1) % forms.length] ?? '' }))),
        ),
      );

      expect(countOf(outcomes)).toEqual({ 'was accepted': 1, connection_name: 49 });
    });
  });
}
