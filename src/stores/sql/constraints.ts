import { type Uniqueness, UniquenessError } from '../../domain/connections/uniqueness.error.js';

/** SQLite names a broken unique index by its columns, PostgreSQL by its name; both name a check. */
const UNIQUENESS_OF: Record<string, Uniqueness> = {
  'connections.organization_id, connections.name_key': 'connection_name',
  connections_name: 'connection_name',
  'connections.organization_id': 'access_key',
  connections_access_key: 'access_key',
  'connections.organization_id, connections.slot': 'oauth_slot',
  connections_oauth_slot: 'oauth_slot',
  // An OAuth connection for which no slot was free.
  connections_kind: 'oauth_slot',
  'connections.client_id': 'client_id',
  connections_client_id_key: 'client_id',
  'connection_secrets.digest': 'secret',
  connection_secrets_digest_key: 'secret',
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';

/** Runs a statement. @throws UniquenessError where a constraint of the domain refuses a row */
export async function refuseDuplicates<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const uniqueness = UNIQUENESS_OF[brokenConstraintOf(error)];
    if (uniqueness === undefined) throw error;
    throw new UniquenessError(uniqueness);
  }
}

function brokenConstraintOf(error: unknown): string {
  const { code, constraint, message } = error as { code?: string; constraint?: string; message: string };
  if (code === UNIQUE_VIOLATION || code === CHECK_VIOLATION) return constraint ?? '';
  return /^(?:UNIQUE|CHECK) constraint failed: (.+)$/.exec(message)?.[1] ?? '';
}
