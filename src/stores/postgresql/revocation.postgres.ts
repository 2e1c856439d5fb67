import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Revocation } from '../../domain/tokens/revocation.js';
import type { KeptRevocation, RevocationStore } from '../revocations/revocation.store.js';
import type { RevocationTable, Schema } from '../sql/schema.js';

/**
 * The revocations that replicas must know, in PostgreSQL: written in the revoking transaction, so none is lost with
 * Redis, and marked once every replica has been told.
 */
export class PostgresRevocationStore implements RevocationStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /**
   * Keeps a revocation. A connection's replaces its older one; a token's stays as first kept and is returned again,
   * since a repeated revocation too must wait until every replica has been told.
   */
  async add(revocation: Revocation, at: number): Promise<{ readonly kept: KeptRevocation; readonly isNew: boolean }> {
    const row = { ...toRow(revocation), version: randomUUID(), changed_at: at, is_published: 0 };
    const stored = await this.#db
      .insertInto('revocations')
      .values(row)
      .onConflict((conflict) =>
        // Changes nothing, but makes PostgreSQL return the existing row.
        conflict.column('subject').doUpdateSet('tokenId' in revocation ? { subject: row.subject } : row),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
    return { kept: toKept(stored), isNew: stored.version === row.version };
  }

  async list(now: number): Promise<readonly KeptRevocation[]> {
    const rows = await this.#db.selectFrom('revocations').selectAll().where('expires_at', '>', now).execute();
    return rows.map(toKept);
  }

  async listUnpublished(now: number, afterMs: number): Promise<readonly KeptRevocation[]> {
    const rows = await this.#unpublished()
      // A replica whose clock is ahead has dated its revocations in the future.
      .where((row) => row.or([row('changed_at', '<', now - afterMs), row('changed_at', '>', now)]))
      .execute();
    return rows.map(toKept);
  }

  /** Unpublished revocations of these connections and tokens. */
  async findUnpublished(subjects: readonly string[]): Promise<readonly KeptRevocation[]> {
    if (subjects.length === 0) return [];
    const rows = await this.#unpublished().where('subject', 'in', subjects).execute();
    return rows.map(toKept);
  }

  /**
   * Marks by version alone: a connection that changed again, even within its generation, has a newer revocation that
   * nobody was told of.
   */
  async markPublished(kept: readonly KeptRevocation[]): Promise<void> {
    for (const { revocation, version } of kept) {
      await this.#db
        .updateTable('revocations')
        .set({ is_published: 1 })
        .where('subject', '=', toRow(revocation).subject)
        .where('version', '=', version)
        .execute();
    }
  }

  /** Forgets at most `limit` revocations that have expired at `now`; resolves with how many. */
  async sweep(now: number, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('revocations')
      .where('subject', 'in', (query) =>
        query.selectFrom('revocations').select('subject').where('expires_at', '<=', now).limit(limit),
      )
      // Repeated here: PostgreSQL checks a row again after waiting for its renewal, but not against the inner query.
      .where('expires_at', '<=', now)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  #unpublished() {
    return this.#db.selectFrom('revocations').selectAll().where('is_published', '=', 0);
  }
}

function toRow(revocation: Revocation) {
  const { expiresAt: expires_at } = revocation;
  return 'tokenId' in revocation
    ? { subject: revocation.tokenId, generation: null, expires_at }
    : { subject: revocation.connectionId, generation: revocation.generation, expires_at };
}

function toKept({
  subject,
  generation,
  expires_at: expiresAt,
  version,
  is_published,
}: RevocationTable): KeptRevocation {
  const revocation =
    generation === null ? { tokenId: subject, expiresAt } : { connectionId: subject, generation, expiresAt };
  return { revocation, version, isPublished: is_published === 1 };
}
