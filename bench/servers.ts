import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Latchkey, startLatchkey } from './latchkey.ts';
import { type ServerProcess, startServer, stopProcess } from './processes.ts';

const LATCHKEY_STARTS = 5;

export interface Servers {
  readonly latchkey: Latchkey;
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
  const latchkeyReadyMs: number[] = [];
  for (;;) {
    const dataDirectory = join(directory, `data-${latchkeyReadyMs.length}`);
    mkdirSync(dataDirectory);
    const latchkey = await startLatchkey({ LATCHKEY_DATA_DIR: dataDirectory });
    latchkeyReadyMs.push(latchkey.readyMs);
    if (latchkeyReadyMs.length === LATCHKEY_STARTS) {
      return { latchkey, oidcProvider, stockApollo, bareFastify, latchkeyReadyMs };
    }
    await stopProcess(latchkey.child);
  }
}
