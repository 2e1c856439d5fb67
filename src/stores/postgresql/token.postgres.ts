import { CompiledQuery, type Kysely, sql } from 'kysely';
import type { Connection } from '../../domain/connections/connection.js';
import type { Position, Slice } from '../../domain/page.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessToken } from '../../domain/tokens/access-token.js';
import type { ListedToken, TokenStore } from '../../domain/tokens/token.store.js';
import { createBatcher, GATHER_MS } from '../../lib/batch.js';
import type { Schema } from '../sql/schema.js';
import { type TokenRow, toToken } from '../sql/token.rows.js';

/**
 * The look-up of every introspection, compiled once. It finds no revoked token. Materialized: before its first ANALYZE the
 * server thinks that a connection has two tokens, and would read them all.
 */
const FIND = `
  select t.*, c.client_id
  from (with found as materialized (select * from access_tokens where digest = any ($1::text[])) select * from found) t
  join connections c on c.id = t.connection_id and c.status = 'ACTIVE' and c.generation = t.generation
`;

/** The tokens travel as one JSON text, whose columns are theirs: seven arrays cost more to write. */
const INSERT = `
  insert into access_tokens (id, digest, organization_id, connection_id, generation, issued_at, expires_at)
  select id, digest, "organizationId", "connectionId", generation, "issuedAt", "expiresAt"
  from json_to_recordset($1) as token (id text, digest text, "organizationId" text, "connectionId" text,
    generation int, "issuedAt" bigint, "expiresAt" bigint)
`;

/**
 * Access tokens where there is no Redis. One statement serves what the process asks for while the one before it is under
 * way: what a statement and its commit cost is much the same for one token and for fifty.
 */
export class PostgresTokenStore implements TokenStore {
  readonly #db: Kysely<Schema>;
  readonly insert: (token: AccessToken) => Promise<void>;
  readonly find: (digest: string) => Promise<AccessToken | undefined>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
    this.insert = createBatcher(async (tokens) => {
      await insertPostgresTokens(db, tokens);
      return tokens.map(() => undefined);
    }, GATHER_MS);
    this.find = createBatcher((digests) => this.#findMany(digests), GATHER_MS);
  }

  /** Another gateway may have revoked any token meanwhile. */
  recall(): undefined {
    return undefined;
  }

  async listLive(connection: Connection, now: number, slice: Slice<Position>): Promise<readonly ListedToken[]> {
    if (connection.status !== 'ACTIVE') return [];
    const [issuedAt = Number.MAX_SAFE_INTEGER, id = ''] = slice.after ?? [];
    // Older tokens have expired: with this bound the index skips the expired tokens that no sweep has removed yet.
    const issuedAfter = now - ACCESS_TOKEN_LIFETIME_SECONDS * 1000;
    const { rows } = await sql<TokenRow>`
      select *, ${connection.clientId ?? null}::text as client_id from access_tokens
      where connection_id = ${connection.id} and generation = ${connection.generation} and expires_at > ${now}
        and issued_at > ${issuedAfter} and (issued_at, id collate "C") < (${issuedAt}::bigint, ${id})
      order by issued_at desc, id collate "C" desc
      limit ${slice.limit}
    `.execute(this.#db);
    return rows.map(toToken);
  }

  async sweep(now: number, limit: number): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from access_tokens where ctid = any (array(
        select ctid from access_tokens where expires_at <= ${now} limit ${limit}))
    `.execute(this.#db);
    return Number(numAffectedRows);
  }

  async #findMany(digests: readonly string[]): Promise<readonly (AccessToken | undefined)[]> {
    const { rows } = await this.#db.executeQuery<TokenRow>(CompiledQuery.raw(FIND, [[...new Set(digests)]]));
    const found = new Map(rows.map((row) => [row.digest, toToken(row)]));
    return digests.map((digest) => found.get(digest));
  }
}

export async function insertPostgresTokens(db: Kysely<Schema>, tokens: readonly AccessToken[]): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(INSERT, [JSON.stringify(tokens)]));
}
