import { describe, expect, test } from 'vitest';
import { ConnectionFeed } from '../../src/domain/connections/connection.feed.js';
import type { Database } from '../../src/domain/database/database.js';
import { auditEventRecord } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

const feedOf = ({ auditFeed, audit }: Database) => new ConnectionFeed(auditFeed, audit);

function append(database: Database, ...records: Parameters<typeof auditEventRecord>[0][]): Promise<void> {
  return database.change('default', async ({ audit }) => {
    for (const record of records) await audit.append(auditEventRecord(record));
  });
}

type Followed = Awaited<ReturnType<ConnectionFeed['follow']>>;

async function targetsOf(followed: Followed, count: number): Promise<string[]> {
  const targets: string[] = [];
  while (targets.length < count) targets.push((await followed.next()).value.target);
  return targets;
}

/** What ConnectionFeed tells of the audit log of a database. */
export function describeConnectionFeed(open: OpenDatabase): void {
  describe('ConnectionFeed', () => {
    test('whoever follows is told every later change of connections in its order, and none before', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const feed = feedOf(database);
      await append(database, { target: 'con_before' });
      const followed = await feed.follow('default');
      await append(database, { target: 'con_1', action: 'connection.created' }, { target: 'con_2' });
      await append(database, { target: 'con_3', action: 'connection.deleted', actor: 'user:grace' });

      expect(await targetsOf(followed, 2)).toEqual(['con_1', 'con_2']);
      expect((await followed.next()).value).toMatchObject({
        target: 'con_3',
        action: 'connection.deleted',
        actor: 'user:grace',
        sequence: 4,
      });
    });

    test('nobody is told of another organisation’s changes, nor of what is no change of a connection', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const followed = await feedOf(database).follow('default');
      await append(
        database,
        { organizationId: 'other', target: 'con_other' },
        { action: 'token.issued', target: 'tok_1' },
        { action: 'user.signed_in', target: 'grace' },
        { target: 'con_own' },
      );

      expect(await targetsOf(followed, 1)).toEqual(['con_own']);
    });

    test('each follower of an organisation is told everything, until it leaves', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const feed = feedOf(database);
      const [first, second] = [await feed.follow('default'), await feed.follow('default')];
      await append(database, { target: 'con_1' });
      expect(await targetsOf(first, 1)).toEqual(['con_1']);
      const waiting = first.next();
      await first.return?.();
      expect(await waiting).toEqual({ done: true, value: undefined });
      await append(database, { target: 'con_2' });

      expect(await targetsOf(second, 2)).toEqual(['con_1', 'con_2']);
      expect(await first.next()).toEqual({ done: true, value: undefined });
    });

    test('a follower that reads slowly is told the newest change of each connection', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const feed = feedOf(database);
      const [slow, quick] = [await feed.follow('default'), await feed.follow('default')];
      for (let change = 1; change <= 5; change++) {
        await append(database, { target: 'con_1' }, { target: 'con_2' });
        await targetsOf(quick, 2);
      }
      await append(database, { target: 'con_1', action: 'connection.deleted' });
      await targetsOf(quick, 1);

      const told = [(await slow.next()).value, (await slow.next()).value];
      expect(told.map(({ target, sequence }) => [target, sequence])).toEqual([
        ['con_2', 10],
        ['con_1', 11],
      ]);
    });

    test('a follower that a thousand events have passed by is told to look for itself', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const feed = feedOf(database);
      const followed = await feed.follow('default');
      const next = followed.next();
      const many = Array.from({ length: 1_001 }, () => ({ target: 'con_1' }));
      await Promise.all([append(database, ...many), expect(next).rejects.toThrow('A dependency is down')]);

      const again = await feed.follow('default');
      await append(database, { target: 'con_2' });
      expect(await targetsOf(again, 1)).toEqual(['con_2']);
    });

    test('a change of which nobody heard is told when the log is looked at again', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      // As on a replica while the one that made the change ended before it told of it.
      const feed = new ConnectionFeed({ onAppended: () => () => undefined }, database.audit);
      const followed = await feed.follow('default');
      await append(database, { target: 'con_1' });
      feed.lookAgain();

      expect(await targetsOf(followed, 1)).toEqual(['con_1']);
    });

    test('where several gateways may share the state, each tells of the others’ changes', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      if (database.gateways === 'one') return;
      const another = await opened.openAnother();
      const followed = await feedOf(another).follow('default');
      await append(database, { target: 'con_1' });

      expect(await targetsOf(followed, 1)).toEqual(['con_1']);
    });
  });
}
