import type { Kysely } from 'kysely';
import type { SignInReader, SignInWriter } from '../../domain/sign-in/sign-in.store.js';
import type { Schema } from './schema.js';

export class SqlSignInStore implements SignInReader, SignInWriter {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async consume(id: string, at: number): Promise<boolean> {
    const { numInsertedOrUpdatedRows = 0n } = await this.#db
      .insertInto('sign_ins')
      .values({ id, at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows > 0n;
  }

  async hasAny(): Promise<boolean> {
    return (await this.#db.selectFrom('sign_ins').select('id').limit(1).executeTakeFirst()) !== undefined;
  }

  async sweep(before: number): Promise<void> {
    await this.#db
      .deleteFrom('sign_ins')
      .where('at', '<', before)
      .where('id', '!=', (select) =>
        select.selectFrom('sign_ins').select('id').orderBy('at', 'desc').orderBy('id').limit(1),
      )
      .execute();
  }
}
