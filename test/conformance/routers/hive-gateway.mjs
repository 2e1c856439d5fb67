import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';

/** `node hive-gateway.mjs <supergraph>` serves it at `/` of a free port, and prints where. */
const [supergraph = ''] = process.argv.slice(2);
const runtime = createGatewayRuntime({
  supergraph: readFileSync(supergraph, 'utf8'),
  graphqlEndpoint: '/',
  logging: 'error',
});
const server = createServer(runtime).listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${server.address().port}/`);
