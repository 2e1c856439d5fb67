import type { Kysely } from 'kysely';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { TokenWriter } from '../../domain/tokens/token.store.js';
import type { Schema } from './schema.js';

/** Inserts tokens in one statement of its dialect. */
export type InsertTokens = (db: Kysely<Schema>, tokens: readonly AccessToken[]) => Promise<void>;

/** Hears what a change does to tokens. */
export interface TokenNotes {
  inserted(token: AccessToken): void;
  revoked(token: AccessToken): void;
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

  async revoke(token: AccessToken): Promise<boolean> {
    this.#notes?.revoked(token);
    const { numDeletedRows } = await this.#db.deleteFrom('access_tokens').where('id', '=', token.id).executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
