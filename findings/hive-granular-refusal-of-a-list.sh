#!/usr/bin/env bash
# Hive Gateway's own enforcement of @authenticated (genericAuth, mode "protect-granular"), where the refused field is a list
# or stands in one.
#
# Seen with @graphql-hive/gateway-runtime 2.12.1: beside a field that the caller may see, a refused list leaves its null
# not at its own name but under a key "@" that nobody asked for, and the error's path begins with "@". A refused field of a
# list's items is missing from each item, and stands once, null, under data["@"]. A refused field that is no list is null
# in its place. The status of all three is 401, although there is data. A client with generated types finds `undefined`
# where the schema promises a value or null, and one that takes 401 for "no data" drops what it was given.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund \
  @graphql-hive/gateway-runtime@2.12.1 @graphql-mesh/transport-http@1.2.1 \
  @theguild/federation-composition@0.27.0 graphql@16.15.0
cat > ask.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

// The subgraph answers whatever it is asked for: what is missing below, the router has taken away.
const all = { open: 'x', book: { title: 't' }, books: [{ title: 't' }], shelves: [{ name: 'n', label: 'l' }] };
const subgraph = createServer(async (request, response) => {
  for await (const _ of request);
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: all }));
}).listen(0, '127.0.0.1');
await once(subgraph, 'listening');
const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated"])
  type Query { open: String book: Book @authenticated books: [Book!] @authenticated shelves: [Shelf!] }
  type Book { title: String! }
  type Shelf { name: String! label: String @authenticated }
`);
const url = `http://127.0.0.1:${subgraph.address().port}/graphql`;
const { supergraphSdl } = composeServices([{ name: 'library', url, typeDefs }]);
const router = createGatewayRuntime({
  supergraph: supergraphSdl,
  logging: 'error',
  genericAuth: { mode: 'protect-granular', resolveUserFn: () => null, rejectUnauthenticated: false },
});
for (const query of ['{ open book { title } }', '{ open books { title } }', '{ shelves { name label } }']) {
  const response = await router.fetch('http://router/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  console.log(response.status, JSON.stringify(data), JSON.stringify(errors.map(({ path }) => path)));
}
process.exit();
JS
cat > expected <<'TEXT'
401 {"open":"x","book":null} [["book"]]
401 {"open":"x","@":{"books":null}} [["@","books"]]
401 {"shelves":[{"name":"n"}],"@":{"shelves":{"label":null}}} [["@","shelves","label"]]
TEXT
node ask.mjs | tee seen
diff expected seen
