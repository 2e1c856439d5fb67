import { type Kysely, sql } from 'kysely';
import { DomainError } from '../../domain/errors.js';
import type { Schema } from './schema.js';

/** Resolves where the database answers. @throws DomainError TEMPORARILY_UNAVAILABLE where it does not */
export async function ping(db: Kysely<Schema>): Promise<void> {
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    throw new DomainError('TEMPORARILY_UNAVAILABLE', { cause: error });
  }
}
