import { describe, expect, test } from 'vitest';
import type { Connection } from '../../src/domain/connections/connection.js';
import type { Database } from '../../src/domain/database/database.js';
import type { Uses } from '../../src/domain/usage/usage.store.js';
import { connectionRecord, SOME_INSTANT, secretRecord, tokenRecord } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

type Instants = Readonly<Record<string, number>>;

function uses(given: { secrets?: Instants; tokens?: Instants; connections?: Instants }): Uses {
  const mapOf = (instants: Instants = {}) => new Map(Object.entries(instants));
  const tokens = [...mapOf(given.tokens)].map(([id, at]) => [id, { connectionId: 'con_1', at }] as const);
  return { secrets: mapOf(given.secrets), tokens: new Map(tokens), connections: mapOf(given.connections) };
}

const SECRETS = [
  secretRecord({ id: 'sec_current', createdAt: 2 }),
  secretRecord({ id: 'sec_retiring', state: 'RETIRING', createdAt: 1 }),
];

async function insertExamples(database: Database): Promise<void> {
  const connection = connectionRecord({ id: 'con_1', secrets: SECRETS });
  const another = connectionRecord({ id: 'con_2' });
  await database.change('default', async ({ connections, tokens }) => {
    await connections.insert(connection);
    await connections.insert(another);
    await tokens.insert(tokenRecord(connection, { id: 'tok_1', digest: 'first' }));
    await tokens.insert(tokenRecord(connection, { id: 'tok_2', digest: 'second' }));
  });
}

/** Every last use that is kept, by id. */
async function lastUses(database: Database): Promise<Record<string, number | undefined>> {
  const connections = await database.connections.list('default');
  const connection = connections.find(({ id }) => id === 'con_1') as Connection;
  const tokens = await database.tokens.listLive(connection, SOME_INSTANT, { after: undefined, limit: 10 });
  const all = [
    ...connections,
    ...connections.filter(({ id }) => id === 'con_1').flatMap(({ secrets }) => secrets),
    ...tokens,
  ];
  return Object.fromEntries(all.map(({ id, lastUsedAt }) => [id, lastUsedAt]));
}

const UNUSED = {
  con_1: undefined,
  con_2: undefined,
  sec_current: undefined,
  sec_retiring: undefined,
  tok_1: undefined,
  tok_2: undefined,
};

export function describeUsageStore(open: OpenDatabase): void {
  describe('UsageStore', () => {
    test('uses are kept for what was used, and for nothing else', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertExamples(database);
      expect(await lastUses(database)).toEqual(UNUSED);

      await database.usage.record(
        uses({ secrets: { sec_retiring: 5 }, tokens: { tok_2: 6 }, connections: { con_1: 7 } }),
      );

      expect(await lastUses(database)).toEqual({ ...UNUSED, sec_retiring: 5, tok_2: 6, con_1: 7 });
    });

    test('the later of what is kept and what is given is kept, in whichever order they come', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertExamples(database);
      const at = (instant: number) =>
        uses({ secrets: { sec_current: instant }, tokens: { tok_1: instant }, connections: { con_1: instant } });

      await database.usage.record(at(10));
      await database.usage.record(at(5));
      expect(await lastUses(database)).toMatchObject({ sec_current: 10, tok_1: 10, con_1: 10 });
      await database.usage.record(at(11));
      expect(await lastUses(database)).toMatchObject({ sec_current: 11, tok_1: 11, con_1: 11 });
    });

    test('many are recorded at once', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertExamples(database);

      await database.usage.record(
        uses({
          secrets: { sec_current: 1, sec_retiring: 2 },
          tokens: { tok_1: 3, tok_2: 4 },
          connections: { con_1: 5, con_2: 6 },
        }),
      );

      const expected = { sec_current: 1, sec_retiring: 2, tok_1: 3, tok_2: 4, con_1: 5, con_2: 6 };
      expect(await lastUses(database)).toEqual(expected);
    });

    test('the uses of more tokens of one connection than a call has room for arguments are recorded', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertExamples(database);
      const many = Array.from({ length: 120_000 }, (_, index) => [`tok_gone_${index}`, 1] as const);

      await database.usage.record(uses({ tokens: { tok_1: 3, ...Object.fromEntries(many), tok_2: 4 } }));

      expect(await lastUses(database)).toEqual({ ...UNUSED, tok_1: 3, tok_2: 4 });
    });

    test('what no longer exists is passed over, and the rest is kept', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await insertExamples(database);

      await database.usage.record(
        uses({ secrets: { sec_gone: 1 }, tokens: { tok_gone: 2 }, connections: { con_gone: 3, con_2: 4 } }),
      );
      await database.usage.record(uses({}));

      expect(await lastUses(database)).toEqual({ ...UNUSED, con_2: 4 });
    });
  });
}
