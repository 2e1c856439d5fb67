import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';

/**
 * `node hive-gateway.mjs <supergraph>` serves the supergraph at `/graphql` of a free port, and prints where. With
 * `--enforce-as <URL of Latchkey's subgraph>` it enforces the rules that it reads in the supergraph too, for the caller whom
 * Latchkey knows; with `--sign-with <secret>` it signs what it sends.
 */
const {
  positionals: [supergraph = ''],
  values: { 'enforce-as': latchkey, 'sign-with': secret },
} = parseArgs({
  allowPositionals: true,
  options: { 'enforce-as': { type: 'string' }, 'sign-with': { type: 'string' } },
});
const credentialsOf = ({ headers }) =>
  Object.fromEntries(['authorization', 'accesskey'].map((name) => [name, headers.get(name) ?? undefined]));

async function viewerOf(request) {
  const credentials = Object.entries(credentialsOf(request)).filter(([, value]) => value !== undefined);
  const response = await fetch(latchkey, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...Object.fromEntries(credentials) },
    body: JSON.stringify({ query: '{ viewer { id scopes } }' }),
  });
  const { data } = await response.json();
  return data?.viewer ?? null;
}

const runtime = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'),
  logging: 'error',
  propagateHeaders: { fromClientToSubgraphs: ({ request }) => credentialsOf(request) },
  ...(secret === undefined ? {} : { hmacSignature: { secret } }),
  ...(latchkey === undefined
    ? {}
    : {
        genericAuth: {
          mode: 'protect-granular',
          resolveUserFn: ({ request }) => viewerOf(request),
          // It is called for nobody in particular too.
          extractScopes: (viewer) => viewer?.scopes ?? [],
          rejectUnauthenticated: false,
        },
      }),
});
const server = createServer(runtime).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${server.address().port}/graphql`);
