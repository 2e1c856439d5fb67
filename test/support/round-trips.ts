import { Client } from 'pg';

interface RoundTrip {
  readonly client: Client;
  readonly text: string;
}

/**
 * The texts that the process sends to PostgreSQL while `work` goes on, one for each round trip. It stands between nothing:
 * each query runs as it would, and is noted; `onSent` hears of each before it goes.
 */
export async function roundTripsOf(
  work: () => Promise<unknown>,
  onSent: (text: string) => void = () => undefined,
): Promise<readonly string[]> {
  return (await noteRoundTrips(work, onSent)).map(({ text }) => text);
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

async function noteRoundTrips(
  work: () => Promise<unknown>,
  onSent: (text: string) => void = () => undefined,
): Promise<readonly RoundTrip[]> {
  const noted: RoundTrip[] = [];
  const { query } = Client.prototype;
  Client.prototype.query = function (this: Client, ...parameters: unknown[]) {
    const text = String(parameters[0]);
    noted.push({ client: this, text });
    onSent(text);
    return Reflect.apply(query, this, parameters);
  } as typeof query;
  try {
    await work();
  } finally {
    Client.prototype.query = query;
  }
  return noted;
}
