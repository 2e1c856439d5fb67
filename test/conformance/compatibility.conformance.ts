import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportConformance } from '../support/conformance-report.js';
import { runCompatibilitySuite, startSuiteSubgraph } from './compatibility.suite.js';
import { buildProducts } from './products/products.subgraph.js';
import { startRouter } from './router.process.js';
import { composeServed } from './served-supergraph.js';
import { serveSubgraph } from './subgraph.server.js';

const SUITE = '@apollo/federation-subgraph-compatibility-tests';
const TESTS = 23;

const servers = new AsyncDisposableStack();
let products: string;
let supergraph: string;
beforeAll(async () => {
  products = servers.use(await serveSubgraph(await buildProducts())).url;
  supergraph = await composeServed({
    products,
    users: servers.use(await startSuiteSubgraph('users')).url,
    inventory: servers.use(await startSuiteSubgraph('inventory')).url,
  });
});
afterAll(() => servers.disposeAsync());

test.for([
  ['@apollo/gateway', 'apollo-gateway.mjs'],
  ['@graphql-hive/gateway-runtime', 'hive-gateway.mjs'],
] as const)("Apollo's suite for subgraphs passes on our stack behind %s", async ([, script], { annotate }) => {
  await using router = await startRouter(script, supergraph);
  const results = await runCompatibilitySuite({ products, router: router.url });
  const failed = results.filter(({ status }) => status !== 'passed');
  await reportConformance(annotate, SUITE, { passed: results.length - failed.length, of: results.length });

  expect(results).toHaveLength(TESTS);
  expect(failed).toEqual([]);
});
