import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openPostgresSession } from './postgres-session.js';
import { createTemporaryDirectory } from './temporary-directory.js';

export interface StoredEvent {
  readonly sequence: number;
  readonly action: string;
  readonly target: string;
  readonly detail: string | null;
}

export interface StoredConnection {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly generation: number;
  readonly currentSecrets: number;
  readonly secrets: number;
}

/** What a gateway that is gone has left on the disk, or what gateways have left in their database. */
export interface StoredState {
  /** What SQLite finds wrong; empty where all is well. */
  readonly faults: readonly string[];
  readonly connections: readonly StoredConnection[];
  readonly orphanSecrets: number;
  /** Those that are kept in the database. */
  readonly tokens: readonly { readonly id: string; readonly connectionId: string }[];
  readonly events: readonly StoredEvent[];
}

const connectionsIn = (where: string) => `
  select c.id, c.name, c.status, c.generation, cast(count(s.id) as int) as secrets,
    cast(count(s.id) filter (where s.state = 'CURRENT') as int) as "currentSecrets"
  from connections c left join connection_secrets s on s.connection_id = c.id ${where} group by c.id`;
const ORPHAN_SECRETS = 'select id from connection_secrets where connection_id not in (select id from connections)';
const TOKENS = 'select id, connection_id as "connectionId" from access_tokens';
const eventsIn = (where: string) =>
  `select cast(sequence as int) as sequence, action, target, detail from audit_events ${where} order by sequence`;

/** Reads a copy: opening the files themselves would mend what the next start is to mend. */
export async function readStoredState(dataDirectory: string): Promise<StoredState> {
  await using copy = await createTemporaryDirectory();
  for (const entry of await readdir(dataDirectory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { name } = entry;
    await copyFile(join(dataDirectory, name), join(copy.path, name));
  }
  using database = new DatabaseSync(join(copy.path, 'latchkey.sqlite'));
  const all = <Row>(sql: string) => database.prepare(sql).all() as Row[];
  return {
    faults: [
      ...all<{ integrity_check: string }>('pragma integrity_check').flatMap(({ integrity_check }) =>
        integrity_check === 'ok' ? [] : [integrity_check],
      ),
      ...all('pragma foreign_key_check').map((row) => JSON.stringify(row)),
    ],
    connections: all(connectionsIn('')),
    orphanSecrets: all(ORPHAN_SECRETS).length,
    tokens: all(TOKENS),
    events: all(eventsIn('')),
  };
}

/** Reads all at one moment: of connections and events those of one organisation, where it is named. */
export async function readPostgresState(databaseUrl: string, organizationId?: string): Promise<StoredState> {
  const where = organizationId === undefined ? '' : `where organization_id = '${organizationId}'`;
  await using session = await openPostgresSession(databaseUrl);
  const all = async <Row>(sql: string) => (await session.run(sql)) as Row[];
  await session.run('begin isolation level repeatable read');
  return {
    faults: [],
    connections: await all(connectionsIn(where)),
    orphanSecrets: (await all(ORPHAN_SECRETS)).length,
    tokens: await all(TOKENS),
    events: await all(eventsIn(where)),
  };
}
