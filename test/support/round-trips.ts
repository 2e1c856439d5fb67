import { Client } from 'pg';

/**
 * The texts that the process sends to PostgreSQL while `work` goes on, one for each round trip. It stands between nothing:
 * each query runs as it would, and is noted.
 */
export async function roundTripsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const texts: string[] = [];
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, ...parameters: unknown[]) {
    texts.push(String(parameters[0]));
    return Reflect.apply(query, this, parameters);
  } as typeof query;
  try {
    await work();
  } finally {
    Client.prototype.query = query;
  }
  return texts;
}
