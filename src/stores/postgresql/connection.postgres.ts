import type { Kysely } from 'kysely';
import type { Connection, ConnectionSecret } from '../../domain/connections/connection.js';
import { toSecretRow } from '../sql/connection.rows.js';
import { type ConnectionNotes, SqlConnectionStore } from '../sql/connection-writer.sql.js';
import { refuseDuplicates } from '../sql/constraints.js';
import type { Schema } from '../sql/schema.js';

/** Writes connections in as few round trips as PostgreSQL allows. */
export class PostgresConnectionStore extends SqlConnectionStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>, notes: ConnectionNotes) {
    super(db, notes);
    this.#db = db;
  }

  /** One statement, unlike SQLite's three. It overwrites the secret: no statement sees its own deletes. */
  override async replaceSecrets(connection: Connection & { secrets: readonly [ConnectionSecret] }): Promise<void> {
    this.noteChange(connection);
    const { connection_id, state, ...secret } = toSecretRow(connection.id, connection.secrets[0]);
    await refuseDuplicates(() =>
      this.#db
        .with('changed', () => this.updateOf(connection))
        .with('retired', (db) =>
          db.deleteFrom('connection_secrets').where('connection_id', '=', connection_id).where('state', '!=', state),
        )
        .insertInto('connection_secrets')
        .values({ connection_id, state, ...secret })
        .onConflict((conflict) => conflict.columns(['connection_id', 'state']).doUpdateSet(secret))
        .execute(),
    );
  }
}
