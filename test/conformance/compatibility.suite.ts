import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { spawnServer, untilReady } from '../support/server-process.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { ROUTERS } from './router.process.js';
import { RESULTS, runForResults } from './suite.process.js';

/** Apollo's suite, which brings the subgraphs that stand beside the one that is tested. */
const SUITE = join(ROUTERS, 'node_modules', '@apollo', 'federation-subgraph-compatibility-tests');

export interface SuiteSubgraph extends AsyncDisposable {
  readonly url: string;
}

/** One of the suite's own subgraphs, which tells its port by a variable. */
export async function startSuiteSubgraph(name: 'users' | 'inventory'): Promise<SuiteSubgraph> {
  const directory = join(SUITE, 'dist', 'subgraphs', name);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const server = spawnServer(
    [
      'env',
      `${name.toUpperCase()}_PORT=${port}`,
      process.execPath,
      '--require',
      join(ROUTERS, 'listen-on-loopback.cjs'),
      'index.js',
    ],
    { directory },
  );
  await untilReady(server, name, () => server.output().includes(`ready at ${url}`));
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL');
      await server.ended;
    },
  };
}

export interface SuiteResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** What became of each test of the suite. */
export async function runCompatibilitySuite(urls: {
  readonly products: string;
  readonly router: string;
}): Promise<SuiteResult[]> {
  await using directory = await createTemporaryDirectory();
  const results = await runForResults(
    join(ROUTERS, 'node_modules', 'jest', 'bin', 'jest.js'),
    [
      ...['--config', join(ROUTERS, 'jest.config.cjs'), '--cacheDirectory', join(directory.path, 'cache')],
      ...['--ci', '--json', '--outputFile', RESULTS],
    ],
    { directory: directory.path, env: { PRODUCTS_URL: urls.products, ROUTER_URL: urls.router } },
  );
  const { testResults } = results as { testResults: { assertionResults: SuiteResult[] }[] };
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}
