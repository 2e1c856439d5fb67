import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bearerOf, CREATE_CONNECTION, createConnection, type Latchkey, startLatchkey } from './latchkey.ts';
import { type ServerProcess, startServer } from './processes.ts';
import { CONNECTIONS_PAGE, CONNECTIONS_PAGE_ID, graphqlConnections, send } from './requests.ts';

/** Servers of one page of connections each, whose clients nobody uses: the page stays as it is. */
export interface ConnectionServers {
  readonly latchkey: PageServer;
  /** A gateway that runs registered documents alone. */
  readonly trusting: PageServer;
  /** Answers what `latchkey` does. */
  readonly stockTypeGraphql: PageServer;
}

export interface PageServer {
  readonly server: ServerProcess;
  /** A super admin's. */
  readonly bearer: string;
  /** The list of connections, as JSON. */
  readonly page: string;
}

const OAUTH_CONNECTIONS = 14;
export const CONNECTIONS_ON_PAGE = OAUTH_CONNECTIONS + 1;

export async function startConnectionServers(directory: string): Promise<ConnectionServers> {
  const latchkey = await fillPage(await startLatchkey({ LATCHKEY_DATA_DIR: makeDirectory(directory, 'connections') }));
  const { bearer, page } = latchkey;
  const server = await startServer('stock Apollo Server and type-graphql', 'dist/bench/peers/stock-type-graphql.js', {
    env: { CONNECTIONS: page },
  });
  return {
    latchkey,
    trusting: await fillPage(await startTrusting(directory)),
    stockTypeGraphql: { server, bearer, page },
  };
}

function startTrusting(directory: string): Promise<Latchkey> {
  const manifests = makeDirectory(directory, 'manifests');
  const documents = { [CONNECTIONS_PAGE_ID]: CONNECTIONS_PAGE, create: CREATE_CONNECTION };
  writeFileSync(join(manifests, 'bench.json'), JSON.stringify(documents));
  const settings = { LATCHKEY_TRUSTED_DOCUMENTS: 'enforce', LATCHKEY_TRUSTED_DOCUMENTS_DIR: manifests };
  return startLatchkey(
    { LATCHKEY_DATA_DIR: makeDirectory(directory, 'trusting'), ...settings },
    'Latchkey, trusted documents',
  );
}

/** Makes a page of connections. */
export async function fillPage(server: Latchkey): Promise<PageServer> {
  const bearer = await bearerOf(server);
  for (let index = 1; index <= OAUTH_CONNECTIONS; index++) {
    await createConnection(bearer, server, `connection ${index}`, 'OAUTH');
  }
  await createConnection(bearer, server, 'access key', 'ACCESS_KEY');
  const { text } = await send(server, graphqlConnections(bearer, 'text'));
  const { data } = JSON.parse(text) as { data?: { connections?: readonly object[] } };
  const connections = data?.connections ?? [];
  if (connections.length !== CONNECTIONS_ON_PAGE) throw new Error(`not a page of connections: ${text}`);
  return { server, bearer, page: JSON.stringify(connections) };
}

function makeDirectory(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path);
  return path;
}
