import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { auditEventRecord, SOME_INSTANT } from '../support/records.js';
import { dealOut, type OpenDatabase, openWithOrganizations } from './open-database.js';

function append(database: Database, organizationId: string, target: string): Promise<void> {
  return database.change('default', ({ audit }) => audit.append(auditEventRecord({ organizationId, target })));
}

async function sequencesOf(database: Database, organizationId: string): Promise<number[]> {
  const events = await database.audit.list(organizationId, { after: undefined, limit: 1000 });
  return events.map(({ sequence }) => sequence);
}

function downFrom(count: number): number[] {
  return Array.from({ length: count }, (_, index) => count - index);
}

export function describeAuditStore(open: OpenDatabase): void {
  describe('AuditStore', () => {
    test('an event is read back as it was appended, with its place in its organisation’s log', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const plain = auditEventRecord({ action: 'token.revoked', target: 'tok_1', actor: 'machine:lkid_1' });
      const detailed = auditEventRecord({ at: SOME_INSTANT - 5, detail: 'Ünïcode "quoted" 🚀' });

      for (const event of [plain, detailed]) await database.change('default', ({ audit }) => audit.append(event));

      // Newest first is by place, not by instant: clocks go back, the log does not.
      expect(await database.audit.list('default', { after: undefined, limit: 10 })).toEqual([
        { ...detailed, sequence: 2 },
        { ...plain, sequence: 1 },
      ]);
    });

    test('each organisation’s numbers run 1, 2, 3, … of their own, and its list holds its own events only', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      for (const [organizationId, target] of [
        ['default', 'a'],
        ['other', 'b'],
        ['default', 'c'],
        ['other', 'd'],
        ['default', 'e'],
      ] as const) {
        await append(database, organizationId, target);
      }

      const read = async (organizationId: string) =>
        (await database.audit.list(organizationId, { after: undefined, limit: 10 })).map(({ sequence, target }) => ({
          sequence,
          target,
        }));
      expect(await read('default')).toEqual([
        { sequence: 3, target: 'e' },
        { sequence: 2, target: 'c' },
        { sequence: 1, target: 'a' },
      ]);
      expect(await read('other')).toEqual([
        { sequence: 2, target: 'd' },
        { sequence: 1, target: 'b' },
      ]);
      expect(await read('unknown')).toEqual([]);
    });

    test('a rolled back event leaves no gap', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      await append(database, 'default', 'first');

      const attempt = database.change('default', async ({ audit }) => {
        await audit.append(auditEventRecord());
        await audit.append(auditEventRecord());
        throw new Error('rolled back');
      });
      await expect(attempt).rejects.toThrow('rolled back');
      await append(database, 'default', 'second');

      expect(await sequencesOf(database, 'default')).toEqual([2, 1]);
    });

    test('events that are appended at once, some of them rolled back, are numbered without gap or repeat', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const databaseOf = await dealOut(opened);

      const attempts = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) =>
          databaseOf(index >> 1).change('default', async ({ audit }) => {
            await audit.append(auditEventRecord({ organizationId: index % 2 === 0 ? 'default' : 'other' }));
            if (index % 3 === 0) throw new Error('rolled back');
          }),
        ),
      );

      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
      expect(await sequencesOf(database, 'default')).toEqual(downFrom(20));
      expect(await sequencesOf(database, 'other')).toEqual(downFrom(20));
    });

    test('a slice begins below its position and holds at most its limit', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      for (let count = 0; count < 7; count++) await append(database, 'default', 'target');
      const read = async (after: readonly number[] | undefined, limit: number) =>
        (await database.audit.list('default', { after, limit })).map(({ sequence }) => sequence);

      expect(await read(undefined, 3)).toEqual([7, 6, 5]);
      expect(await read([5], 3)).toEqual([4, 3, 2]);
      expect(await read([2], 3)).toEqual([1]);
      expect(await read([1], 3)).toEqual([]);
      expect(await read([Number.MAX_SAFE_INTEGER], 1)).toEqual([7]);
      expect(await read([-1], 3)).toEqual([]);
    });

    test('an event is appended once', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const event = auditEventRecord();
      const appendAs = (organizationId: string) =>
        database.change(organizationId, ({ audit }) => audit.append({ ...event, organizationId }));
      await appendAs('default');

      await expect(appendAs('default')).rejects.toThrow();
      await expect(appendAs('other')).rejects.toThrow();

      expect(await sequencesOf(database, 'default')).toEqual([1]);
    });
  });
}
