import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClientDocument, type Latchkey, startLatchkey } from './latchkey.ts';
import { type ServerProcess, startServer, stopProcess } from './processes.ts';
import { CONNECTIONS_PAGE, CONNECTIONS_PAGE_ID } from './requests.ts';

const LATCHKEY_STARTS = 5;

export interface Servers {
  readonly latchkey: Latchkey;
  /** A gateway that runs registered documents alone. */
  readonly trusting: Latchkey;
  readonly oidcProvider: ServerProcess;
  readonly stockApollo: ServerProcess;
  readonly bareFastify: ServerProcess;
  /** How long each start of Latchkey took, each with a new data directory. */
  readonly latchkeyReadyMs: readonly number[];
}

export async function startServers(directory: string): Promise<Servers> {
  const oidcProvider = await startServer('oidc-provider', 'bench/peers/oidc-provider.ts');
  const stockApollo = await startServer('stock Apollo Server', 'bench/peers/stock-apollo.ts');
  const bareFastify = await startServer('bare fastify', 'bench/peers/bare-fastify.ts');
  const trusting = await startTrusting(directory);
  const latchkeyReadyMs: number[] = [];
  for (;;) {
    const dataDirectory = join(directory, `data-${latchkeyReadyMs.length}`);
    mkdirSync(dataDirectory);
    const latchkey = await startLatchkey({ LATCHKEY_DATA_DIR: dataDirectory });
    latchkeyReadyMs.push(latchkey.readyMs);
    if (latchkeyReadyMs.length === LATCHKEY_STARTS) {
      return { latchkey, trusting, oidcProvider, stockApollo, bareFastify, latchkeyReadyMs };
    }
    await stopProcess(latchkey.child);
  }
}

async function startTrusting(directory: string): Promise<Latchkey> {
  const [dataDirectory, manifests] = [join(directory, 'trusting'), join(directory, 'manifests')];
  for (const path of [dataDirectory, manifests]) mkdirSync(path);
  // The bench makes its connection by a mutation of its own.
  const documents = { [CONNECTIONS_PAGE_ID]: CONNECTIONS_PAGE, create: createClientDocument('trusting') };
  writeFileSync(join(manifests, 'bench.json'), JSON.stringify(documents));
  const settings = { LATCHKEY_TRUSTED_DOCUMENTS: 'enforce', LATCHKEY_TRUSTED_DOCUMENTS_DIR: manifests };
  return startLatchkey({ LATCHKEY_DATA_DIR: dataDirectory, ...settings }, 'Latchkey, trusted documents');
}
