import { describe, expect, test } from 'vitest';
import type { Appended } from '../../src/domain/audit/audit.feed.js';
import type { Database } from '../../src/domain/database/database.js';
import { auditEventRecord } from '../support/records.js';
import { until } from '../support/until.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

function append(database: Database, organizationId = 'default'): Promise<void> {
  return database.change(organizationId, ({ audit }) => audit.append(auditEventRecord({ organizationId })));
}

function hearFrom({ auditFeed }: Database) {
  const heard: (Appended | undefined)[] = [];
  const stop = auditFeed.onAppended((appended) => heard.push(appended));
  return { heard, stop };
}

export function describeAuditFeed(open: OpenDatabase): void {
  describe('AuditFeed', () => {
    test('each event of a change is told once the change is committed, before the change resolves', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const { heard } = hearFrom(database);
      await database.change('default', async ({ audit }) => {
        await audit.append(auditEventRecord());
        expect(heard).toEqual([]);
      });
      expect(heard).toContainEqual({ organizationId: 'default', sequence: 1 });
      await append(database, 'other');
      await append(database);
      expect(heard).toContainEqual({ organizationId: 'other', sequence: 1 });
      expect(heard).toContainEqual({ organizationId: 'default', sequence: 2 });
    });

    test('nothing is told of a change that was rolled back, nor of one that recorded nothing', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const { heard } = hearFrom(database);
      const undone = database.change('default', async ({ audit }) => {
        await audit.append(auditEventRecord());
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      await database.change('default', async () => undefined);
      await append(database, 'other');
      expect(heard.every((appended) => appended?.organizationId === 'other')).toBe(true);
    });

    test('whoever has stopped listening is told nothing more, and the others are', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [first, second] = [hearFrom(database), hearFrom(database)];
      await append(database);
      first.stop();
      await append(database);
      const later = { organizationId: 'default', sequence: 2 };
      expect(first.heard).not.toContainEqual(later);
      expect(second.heard).toContainEqual(later);
    });

    test('where several gateways may share the state, each is told of the others’ changes', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      if (database.gateways === 'one') return;
      const another = await opened.openAnother();
      const { heard } = hearFrom(another);
      await append(database, 'other');
      await until('the event is told', () =>
        heard.some((appended) => appended?.organizationId === 'other' && appended.sequence === 1),
      );
    });
  });
}
