import { type Uniqueness, UniquenessError } from '../../domain/store.js';

/** SQLite names a broken unique index by its columns. */
const UNIQUENESS_OF_COLUMNS: Record<string, Uniqueness> = {
  'connections.organization_id, connections.name_key': 'connection_name',
  'connections.organization_id': 'access_key',
  'connections.organization_id, connections.slot': 'oauth_slot',
};

/** Runs a statement; what a unique index of the domain's refuses becomes a UniquenessError. */
export async function refuseDuplicates<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const [, columns] = /^UNIQUE constraint failed: (.+)$/.exec((error as Error).message) ?? [];
    const uniqueness = UNIQUENESS_OF_COLUMNS[columns ?? ''];
    if (uniqueness === undefined) throw error;
    throw new UniquenessError(uniqueness);
  }
}
