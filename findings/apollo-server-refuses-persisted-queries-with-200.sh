#!/usr/bin/env bash
# Apollo Server, asked for a persisted query that it does not know, or with persisted queries switched off.
#
# Guess: answered as whatever else fails before execution is, with 400 and `no-store`; with
# application/graphql-response+json no 200 at all, which GraphQL over HTTP keeps for answers that have `data`.
# Seen with @apollo/server 5.5.1: 200 by either media type, and `private, no-cache, must-revalidate`, which lets the client's
# own cache keep the answer and ask again. Where they are switched off, an operation whose whole text comes beside the hash
# is refused in the same way, although the text would do. Who goes by the status takes each of them for a success.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund @apollo/server@5.5.1 graphql@16.15.0
cat > ask.mjs <<'JS'
import { createHash } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const query = '{ open }';
const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') } };
for (const [what, persistedQueries, body] of [
  ['on, by its hash', undefined, { extensions }],
  ['off, by its hash', false, { extensions }],
  ['off, hash and text', false, { query, extensions }],
  ['off, text of an unknown field', false, { query: '{ shut }' }],
]) {
  const server = new ApolloServer({ typeDefs: 'type Query { open: String }', persistedQueries });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const headers = { 'content-type': 'application/json', accept };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const { data, errors } = await response.json();
    const kept = response.headers.get('cache-control');
    console.log(`${what}: ${response.status}, ${kept}, data: ${data !== undefined}, ${errors[0].extensions.code}`);
  }
  await server.stop();
}
JS
cat > expected <<'TEXT'
on, by its hash: 200, private, no-cache, must-revalidate, data: false, PERSISTED_QUERY_NOT_FOUND
on, by its hash: 200, private, no-cache, must-revalidate, data: false, PERSISTED_QUERY_NOT_FOUND
off, by its hash: 200, private, no-cache, must-revalidate, data: false, PERSISTED_QUERY_NOT_SUPPORTED
off, by its hash: 200, private, no-cache, must-revalidate, data: false, PERSISTED_QUERY_NOT_SUPPORTED
off, hash and text: 200, private, no-cache, must-revalidate, data: false, PERSISTED_QUERY_NOT_SUPPORTED
off, hash and text: 200, private, no-cache, must-revalidate, data: false, PERSISTED_QUERY_NOT_SUPPORTED
off, text of an unknown field: 400, no-store, data: false, GRAPHQL_VALIDATION_FAILED
off, text of an unknown field: 400, no-store, data: false, GRAPHQL_VALIDATION_FAILED
TEXT
node ask.mjs | tee seen
diff expected seen
