import type { Kysely, Selectable } from 'kysely';
import { type User, userOf } from '../../domain/principal.js';
import type { Session } from '../../domain/sign-in/session.js';
import type { SessionStore, SessionWriter } from '../../domain/sign-in/session.store.js';
import type { Schema, SessionTable } from './schema.js';

export class SqlSessionStore implements SessionStore, SessionWriter {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(digests: readonly string[]): Promise<Session | undefined> {
    const row = await this.#db.selectFrom('sessions').selectAll().where('digest', 'in', digests).executeTakeFirst();
    return row && toSession(row);
  }

  async markSeen(id: string, at: number): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ last_seen_at: at })
      .where('id', '=', id)
      .where('last_seen_at', '<', at)
      .execute();
  }

  async sweep({ createdAt, lastSeenAt }: { createdAt: number; lastSeenAt: number }): Promise<void> {
    await this.#db
      .deleteFrom('sessions')
      .where((where) => where.or([where('created_at', '<', createdAt), where('last_seen_at', '<', lastSeenAt)]))
      .execute();
  }

  async create({ id, digest, user, createdAt, lastSeenAt }: Session): Promise<void> {
    const { organizationId: organization_id, subject, role } = user;
    await this.#db
      .insertInto('sessions')
      .values({ id, digest, organization_id, subject, role, created_at: createdAt, last_seen_at: lastSeenAt })
      .execute();
  }

  async end(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('sessions').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async endAll({ organizationId, subject }: User): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('organization_id', '=', organizationId)
      .where('subject', '=', subject)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function toSession(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    digest: row.digest,
    user: userOf(row.role, row.subject, row.organization_id),
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
  };
}
