import { Client } from 'pg';

interface RoundTrip {
  readonly client: Client;
  readonly text: string;
}

/**
 * The texts that the process sends to PostgreSQL while `work` goes on, one for each round trip. It stands between nothing:
 * each query runs as it would, and is noted.
 */
export async function roundTripsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  return (await noteRoundTrips(work)).map(({ text }) => text);
}

/** The same for each transaction that ends meanwhile, from its `begin` to its end, whatever else the process asks. */
export async function transactionsOf(work: () => Promise<unknown>): Promise<readonly (readonly string[])[]> {
  const ended: string[][] = [];
  const open = new Map<Client, string[]>();
  for (const { client, text } of await noteRoundTrips(work)) {
    if (text.startsWith('begin')) open.set(client, []);
    const texts = open.get(client);
    texts?.push(text);
    if (texts === undefined || !/^(commit|rollback)/.test(text)) continue;
    ended.push(texts);
    open.delete(client);
  }
  return ended;
}

async function noteRoundTrips(work: () => Promise<unknown>): Promise<readonly RoundTrip[]> {
  const noted: RoundTrip[] = [];
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, ...parameters: unknown[]) {
    noted.push({ client: this, text: String(parameters[0]) });
    return Reflect.apply(query, this, parameters);
  } as typeof query;
  try {
    await work();
  } finally {
    Client.prototype.query = query;
  }
  return noted;
}
