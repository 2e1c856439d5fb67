import { Client } from 'pg';

/** Runs SQL on a database, past all code of ours; resolves with the rows, a line each, columns parted by `|`. */
export async function runPostgres(databaseUrl: string, sql: string): Promise<string> {
  // As PostgreSQL writes them.
  const types = { getTypeParser: () => (value: string) => value };
  const client = new Client({ connectionString: databaseUrl, types });
  await client.connect();
  try {
    const { rows } = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
    return rows.map((row) => row.map((value) => value ?? '').join('|')).join('\n');
  } finally {
    await client.end();
  }
}
