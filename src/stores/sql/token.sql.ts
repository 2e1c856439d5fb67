import type { Kysely } from 'kysely';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { TokenWriter } from '../../domain/tokens/token.store.js';
import type { Schema } from './schema.js';

/** Inserts tokens in one statement of its dialect. */
export type InsertTokens = (db: Kysely<Schema>, tokens: readonly AccessToken[]) => Promise<void>;

/** Hears what a change does to tokens. */
export interface TokenNotes {
  inserted(token: AccessToken): void;
  /** A token of this digest, which is no longer there. */
  revoked(digest: string): void;
}

/** Writes tokens inside a change. */
export class SqlTokenWriter implements TokenWriter {
  readonly #db: Kysely<Schema>;
  readonly #insertTokens: InsertTokens;
  readonly #notes: TokenNotes | undefined;

  constructor(db: Kysely<Schema>, insertTokens: InsertTokens, notes?: TokenNotes) {
    this.#db = db;
    this.#insertTokens = insertTokens;
    this.#notes = notes;
  }

  insert(token: AccessToken): Promise<void> {
    this.#notes?.inserted(token);
    return this.#insertTokens(this.#db, [token]);
  }

  async revoke({ id }: Pick<AccessToken, 'id'>): Promise<boolean> {
    const deleted = await this.#db.deleteFrom('access_tokens').where('id', '=', id).returning('digest').execute();
    for (const { digest } of deleted) this.#notes?.revoked(digest);
    return deleted.length > 0;
  }
}
