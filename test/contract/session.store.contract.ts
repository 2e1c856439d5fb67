import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { userOf } from '../../src/domain/principal.js';
import type { Session } from '../../src/domain/sign-in/session.js';
import { SOME_INSTANT } from '../support/records.js';
import { type OpenDatabase, openWithOrganizations } from './open-database.js';

function sessionOf(name: string, changed: Partial<Session> = {}): Session {
  return {
    id: `ses_${name}`,
    digest: `digest of ${name}`,
    user: userOf('SUPER_ADMIN', 'ada', 'default'),
    createdAt: SOME_INSTANT,
    lastSeenAt: SOME_INSTANT,
    ...changed,
  };
}

async function create(database: Database, ...sessions: readonly Session[]): Promise<void> {
  for (const session of sessions) {
    await database.change(session.user.organizationId, ({ sessions: writer }) => writer.create(session));
  }
}

/** Which of these sessions are there. */
async function present(database: Database, ...sessions: readonly Session[]): Promise<string[]> {
  const found = await Promise.all(sessions.map(({ digest }) => database.sessions.find([digest])));
  return found.flatMap((session) => session?.id ?? []);
}

export function describeSessionStore(open: OpenDatabase): void {
  describe('SessionStore', () => {
    test('a session is found by any of its digests, whole', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const session = sessionOf('a', { user: userOf('ADMIN', 'grace', 'other') });
      await create(database, session, sessionOf('b'));

      expect(await database.sessions.find(['digest of nothing', session.digest])).toEqual(session);
      expect(await database.sessions.find(['digest of nothing'])).toBeUndefined();
    });

    test('the instant of last use moves on, and never back', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const session = sessionOf('a');
      await create(database, session);

      await database.sessions.markSeen(session.id, SOME_INSTANT + 2);
      await database.sessions.markSeen(session.id, SOME_INSTANT + 1);

      expect(await database.sessions.find([session.digest])).toEqual({ ...session, lastSeenAt: SOME_INSTANT + 2 });
    });

    test('an end ends one session, once', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [one, other] = [sessionOf('a'), sessionOf('b')];
      await create(database, one, other);
      const end = () => database.change('default', ({ sessions }) => sessions.end(one.id));

      expect([await end(), await end()]).toEqual([true, false]);
      expect(await present(database, one, other)).toEqual([other.id]);
    });

    test('an end of all ends those of the user, of no namesake in another organisation, and of nobody else', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const ended = [sessionOf('a'), sessionOf('b', { user: userOf('ADMIN', 'ada', 'default') })];
      const kept = [
        sessionOf('c', { user: userOf('SUPER_ADMIN', 'ada', 'other') }),
        sessionOf('d', { user: userOf('SUPER_ADMIN', 'grace', 'default') }),
      ];
      await create(database, ...ended, ...kept);
      const endAll = () => database.change('default', ({ sessions }) => sessions.endAll((ended[0] as Session).user));

      expect([await endAll(), await endAll()]).toEqual([2, 0]);
      expect(await present(database, ...ended, ...kept)).toEqual(kept.map(({ id }) => id));
    });

    test('a sweep forgets what began or was seen before its instants', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const sessions = [
        sessionOf('a', { createdAt: SOME_INSTANT - 1 }),
        sessionOf('b', { lastSeenAt: SOME_INSTANT - 1 }),
        sessionOf('c'),
      ];
      await create(database, ...sessions);

      await database.sessions.sweep({ createdAt: SOME_INSTANT, lastSeenAt: SOME_INSTANT });

      expect(await present(database, ...sessions)).toEqual(['ses_c']);
    });

    test('a session that is rolled back never began, and a rolled back end ended none', async () => {
      await using opened = await openWithOrganizations(open);
      const { database } = opened;
      const [one, other] = [sessionOf('a'), sessionOf('b')];
      await create(database, one);

      const attempt = database.change('default', async ({ sessions }) => {
        await sessions.create(other);
        await sessions.end(one.id);
        throw new Error('rolled back');
      });

      await expect(attempt).rejects.toThrow('rolled back');
      expect(await present(database, one, other)).toEqual([one.id]);
    });
  });
}
