import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ServerProcess, startServer, stopProcess } from './processes.ts';

const SCRIPT = 'dist/main.js';
const LATCHKEY_STARTS = 5;

export interface Servers {
  readonly latchkey: ServerProcess;
  readonly oidcProvider: ServerProcess;
  readonly stockApollo: ServerProcess;
  readonly bareFastify: ServerProcess;
  /** How long each start of Latchkey took, each with a new data directory. */
  readonly latchkeyReadyMs: readonly number[];
  /** Latchkey's data directory. */
  readonly dataDirectory: string;
}

export async function startServers(directory: string): Promise<Servers> {
  const oidcProvider = await startServer('oidc-provider', 'bench/peers/oidc-provider.ts');
  const stockApollo = await startServer('stock Apollo Server', 'bench/peers/stock-apollo.ts');
  const bareFastify = await startServer('bare fastify', 'bench/peers/bare-fastify.ts');
  const nodeOptions = readNodeOptions();
  const latchkeyReadyMs: number[] = [];
  for (;;) {
    const dataDirectory = join(directory, `data-${latchkeyReadyMs.length}`);
    mkdirSync(dataDirectory);
    const latchkey = await startServer('Latchkey', SCRIPT, { env: latchkeyEnvironment(dataDirectory), nodeOptions });
    latchkeyReadyMs.push(latchkey.readyMs);
    if (latchkeyReadyMs.length === LATCHKEY_STARTS) {
      return { latchkey, oidcProvider, stockApollo, bareFastify, latchkeyReadyMs, dataDirectory };
    }
    await stopProcess(latchkey.child);
  }
}

export interface ClientCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/** Makes an OAuth connection as an operator would: a bearer from the command line, a mutation over HTTP. */
export async function createLatchkeyClient({ latchkey, dataDirectory }: Servers): Promise<ClientCredentials> {
  const { stdout: bearer } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, '..', 'dist', 'cli.js'), 'admin-token', '--role', 'super-admin'],
    { env: { PATH: process.env.PATH, ...latchkeyEnvironment(dataDirectory) } },
  );
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer.trim()}` },
    body: JSON.stringify({
      query: `mutation {
        createConnection(input: { name: "bench", authenticationType: OAUTH }) {
          ... on ConnectionCreated { clientId secret }
        }
      }`,
    }),
  });
  const answer = (await response.json()) as { data?: { createConnection?: Partial<ClientCredentials> } };
  const { clientId, secret } = answer.data?.createConnection ?? {};
  if (!clientId || !secret) throw new Error(`Latchkey made no connection: ${JSON.stringify(answer)}`);
  return { clientId, secret };
}

/** The words for Node in `npm start`: what is measured is what users run. */
function readNodeOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const [, options] = /\bnode (.*)dist\/main\.js$/.exec(scripts.start) ?? [];
  if (options === undefined) throw new Error(`"npm start" does not run ${SCRIPT}: ${scripts.start}`);
  return options.split(' ').filter((word) => word !== '');
}

function latchkeyEnvironment(dataDirectory: string): NodeJS.ProcessEnv {
  return { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', LATCHKEY_DATA_DIR: dataDirectory };
}
