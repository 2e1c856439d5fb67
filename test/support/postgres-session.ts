import { Client } from 'pg';
import { runPostgres } from './run-postgres.js';
import { until } from './until.js';

/** A session of its own on a database, past all code of ours: somebody else whom transactions meet. */
export interface PostgresSession extends AsyncDisposable {
  run(sql: string, ...parameters: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
}

export async function openPostgresSession(databaseUrl: string): Promise<PostgresSession> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    run: async (sql, ...parameters) => (await client.query(sql, [...parameters])).rows,
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Resolves when what gateways have begun by now is committed, or never will be. */
export async function untilBegunIsDone(databaseUrl: string): Promise<void> {
  const now = await runPostgres(databaseUrl, 'select now()');
  await until('what was begun is done', async () => {
    const running = `select count(*) from pg_stat_activity
      where datname = current_database() and application_name = 'latchkey' and xact_start <= '${now}'`;
    return (await runPostgres(databaseUrl, running)) === '0';
  });
}

/** Resolves when a statement of ours waits for what another session has locked. */
export function untilLocked(databaseUrl: string): Promise<void> {
  return until('a statement waits for a lock', async () => {
    const waiting = `select count(*) from pg_stat_activity
      where datname = current_database() and application_name = 'latchkey' and wait_event_type = 'Lock'`;
    return (await runPostgres(databaseUrl, waiting)) !== '0';
  });
}
