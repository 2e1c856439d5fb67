import { setTimeout } from 'node:timers/promises';
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

/** Tells whether the database answers within `deadlineMs`. Pings one at a time: hanging pings would use up the pool. */
export function createPing(db: Kysely<Schema>, deadlineMs: number): () => Promise<boolean> {
  let underWay: Promise<boolean> | undefined;
  return () => {
    underWay ??= ping(db)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        underWay = undefined;
      });
    return Promise.race([underWay, setTimeout(deadlineMs, false, { ref: false })]);
  };
}
