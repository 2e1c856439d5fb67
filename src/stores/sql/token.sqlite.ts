import { CompiledQuery, type Kysely, sql } from 'kysely';
import type { Connection, ConnectionStatus } from '../../domain/connections/connection.js';
import type { Slice } from '../../domain/page.js';
import type { AccessToken, FoundToken } from '../../domain/tokens/access-token.js';
import type { ListedToken, TokenStore } from '../../domain/tokens/token.store.js';
import type { Schema } from './schema.js';

/** The look-up that every introspection makes: compiled once. */
const FIND = `
  select t.*, c.client_id, c.status, c.generation as current_generation
  from json_each(?) wanted
  join access_tokens t on t.digest = wanted.value
  left join connections c on c.id = t.connection_id
`;

/**
 * Access tokens of the embedded store. Lists travel as one JSON parameter, so that each statement has one text and
 * is prepared once, whatever the length of the list.
 */
export class SqliteTokenStore implements TokenStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async insert(tokens: readonly AccessToken[]): Promise<void> {
    const rows = JSON.stringify(
      tokens.map((token) => [
        token.id,
        token.digest,
        token.organizationId,
        token.connectionId,
        token.generation,
        token.issuedAt,
        token.expiresAt,
      ]),
    );
    await sql`
      insert into access_tokens (id, digest, organization_id, connection_id, generation, issued_at, expires_at)
      select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
      from json_each(${rows})
    `.execute(this.#db);
  }

  async find(digests: readonly string[]): Promise<readonly (FoundToken | undefined)[]> {
    const unique = JSON.stringify([...new Set(digests)]);
    const { rows } = await this.#db.executeQuery<FoundRow>(CompiledQuery.raw(FIND, [unique]));
    const found = new Map(rows.map((row) => [row.digest, toFoundToken(row)]));
    return digests.map((digest) => found.get(digest));
  }

  async listLive(
    connection: Connection,
    now: number,
    slice: Slice<readonly number[]>,
  ): Promise<readonly ListedToken[]> {
    if (connection.status !== 'ACTIVE') return [];
    const [issuedAt = Number.MAX_SAFE_INTEGER, ordinal = Number.MAX_SAFE_INTEGER] = slice.after ?? [];
    const { rows } = await sql<TokenRow & { rowid: number }>`
      select rowid, * from access_tokens
      where connection_id = ${connection.id} and generation = ${connection.generation} and expires_at > ${now}
        and (issued_at, rowid) < (${issuedAt}, ${ordinal})
      order by issued_at desc, rowid desc
      limit ${slice.limit}
    `.execute(this.#db);
    return rows.map((row) => ({ ...toToken(row), ordinal: row.rowid }));
  }

  async revoke(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('access_tokens').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async sweep(now: number, limit: number): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from access_tokens where rowid in
        (select rowid from access_tokens where expires_at <= ${now} limit ${limit})
    `.execute(this.#db);
    return Number(numAffectedRows);
  }
}

interface TokenRow {
  id: string;
  digest: string;
  organization_id: string;
  connection_id: string;
  generation: number;
  issued_at: number;
  expires_at: number;
  last_used_at: number | null;
}

interface FoundRow extends TokenRow {
  client_id: string | null;
  status: ConnectionStatus | null;
  current_generation: number | null;
}

function toToken(row: TokenRow): AccessToken {
  return {
    id: row.id,
    digest: row.digest,
    organizationId: row.organization_id,
    connectionId: row.connection_id,
    generation: row.generation,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}

function toFoundToken(row: FoundRow): FoundToken {
  const { client_id: clientId, status, current_generation: generation } = row;
  const gone = clientId === null || status === null || generation === null;
  return { token: toToken(row), connection: gone ? undefined : { clientId, status, generation } };
}
