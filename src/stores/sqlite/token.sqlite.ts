import { CompiledQuery, type Kysely, sql } from 'kysely';
import type { Connection } from '../../domain/connections/connection.js';
import type { Position, Slice } from '../../domain/page.js';
import { ACCESS_TOKEN_LIFETIME_SECONDS, type AccessToken } from '../../domain/tokens/access-token.js';
import type { ListedToken } from '../../domain/tokens/token.store.js';
import { createBatcher } from '../../lib/batch.js';
import type { TokenSource } from '../memory/remembered-tokens.js';
import type { Schema } from '../sql/schema.js';
import { type TokenRow, toToken } from '../sql/token.rows.js';

/** What issuing and introspecting ask is compiled once. FIND finds no revoked token. */
const FIND = `
  select t.*, c.client_id
  from json_each(?) wanted
  join access_tokens t on t.digest = wanted.value
  join connections c on c.id = t.connection_id and c.status = 'ACTIVE' and c.generation = t.generation
`;

const INSERT = `
  insert into access_tokens (id, digest, organization_id, connection_id, generation, issued_at, expires_at)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
  from json_each(?)
`;

/**
 * Access tokens of the embedded store. One statement serves all callers of one turn of the event loop: a hundred tokens
 * share one sync to disk. A list travels as one JSON parameter, so each statement has one text and is prepared once.
 */
export class SqliteTokenStore implements TokenSource {
  readonly #db: Kysely<Schema>;
  readonly insert: (token: AccessToken) => Promise<void>;
  readonly find: (digest: string) => Promise<AccessToken | undefined>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
    this.insert = createBatcher(async (tokens) => {
      await insertSqliteTokens(db, tokens);
      return tokens.map(() => undefined);
    });
    this.find = createBatcher((digests) => this.#findMany(digests));
  }

  async listLive(connection: Connection, now: number, slice: Slice<Position>): Promise<readonly ListedToken[]> {
    if (connection.status !== 'ACTIVE') return [];
    const [issuedAt = Number.MAX_SAFE_INTEGER, id = ''] = slice.after ?? [];
    // Tokens issued before this have expired: the index skips those not swept yet.
    const bornAfter = now - ACCESS_TOKEN_LIFETIME_SECONDS * 1000;
    const { rows } = await sql<TokenRow>`
      select *, ${connection.clientId ?? null} as client_id from access_tokens
      where connection_id = ${connection.id} and generation = ${connection.generation} and expires_at > ${now}
        and issued_at > ${bornAfter} and (issued_at, id) < (${issuedAt}, ${id})
      order by issued_at desc, id desc
      limit ${slice.limit}
    `.execute(this.#db);
    return rows.map(toToken);
  }

  async sweep(now: number, limit: number): Promise<number> {
    const { numAffectedRows = 0n } = await sql`
      delete from access_tokens where rowid in
        (select rowid from access_tokens where expires_at <= ${now} limit ${limit})
    `.execute(this.#db);
    return Number(numAffectedRows);
  }

  async #findMany(digests: readonly string[]): Promise<readonly (AccessToken | undefined)[]> {
    const unique = JSON.stringify([...new Set(digests)]);
    const { rows } = await this.#db.executeQuery<TokenRow>(CompiledQuery.raw(FIND, [unique]));
    const found = new Map(rows.map((row) => [row.digest, toToken(row)]));
    return digests.map((digest) => found.get(digest));
  }
}

export async function insertSqliteTokens(db: Kysely<Schema>, tokens: readonly AccessToken[]): Promise<void> {
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
  await db.executeQuery(CompiledQuery.raw(INSERT, [rows]));
}
