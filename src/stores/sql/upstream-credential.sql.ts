import type { Kysely } from 'kysely';
import type {
  SealedCredential,
  UpstreamCredentialStore,
  UpstreamCredentialWriter,
} from '../../domain/connections/upstream-credential.store.js';
import type { Schema } from './schema.js';

export class SqlUpstreamCredentialStore implements UpstreamCredentialStore, UpstreamCredentialWriter {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async save(connectionId: string, sealed: string): Promise<void> {
    const row = { sealed, kid: kidOf(sealed) };
    await this.#db
      .insertInto('upstream_credentials')
      .values({ connection_id: connectionId, ...row })
      .onConflict((conflict) => conflict.column('connection_id').doUpdateSet(row))
      .execute();
  }

  async find(connectionId: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('upstream_credentials')
      .select('sealed')
      .where('connection_id', '=', connectionId)
      .executeTakeFirst();
    return row?.sealed;
  }

  async listSealedOtherwise(kid: string, after: string, limit: number): Promise<readonly SealedCredential[]> {
    const rows = await this.#db
      .selectFrom('upstream_credentials')
      .innerJoin('connections', 'connections.id', 'upstream_credentials.connection_id')
      .select(['connection_id', 'organization_id', 'authentication_type', 'sealed'])
      .where('kid', '!=', kid)
      .where('connection_id', '>', after)
      .orderBy('connection_id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      connectionId: row.connection_id,
      organizationId: row.organization_id,
      authenticationType: row.authentication_type,
      sealed: row.sealed,
    }));
  }

  async replace(connectionId: string, sealed: string, next: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('upstream_credentials')
      .set({ sealed: next, kid: kidOf(next) })
      .where('connection_id', '=', connectionId)
      .where('sealed', '=', sealed)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }
}

/** The key ring puts the key's id in front of each sealed text. */
function kidOf(sealed: string): string {
  return sealed.split('.', 1)[0] ?? '';
}
