import type { Kysely } from 'kysely';
import type { AccessToken } from '../../domain/tokens/access-token.js';
import type { TokenWriter } from '../../domain/tokens/token.store.js';
import type { Schema } from './schema.js';

/** Inserts tokens in one statement of its dialect. */
export type InsertTokens = (db: Kysely<Schema>, tokens: readonly AccessToken[]) => Promise<void>;

/** Writes tokens inside a change. */
export class SqlTokenWriter implements TokenWriter {
  readonly #db: Kysely<Schema>;
  readonly #insertTokens: InsertTokens;

  constructor(db: Kysely<Schema>, insertTokens: InsertTokens) {
    this.#db = db;
    this.#insertTokens = insertTokens;
  }

  insert(token: AccessToken): Promise<void> {
    return this.#insertTokens(this.#db, [token]);
  }

  async revoke({ id }: AccessToken): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('access_tokens').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
