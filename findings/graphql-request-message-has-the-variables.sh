#!/usr/bin/env bash
# graphql-request's error, where it is logged by its message.
#
# Seen with graphql-request 7.4.0: the message of the ClientError that a GraphQL error becomes is not the server's sentence
# alone. It goes on with the whole response and the whole request as JSON, the variables included, so that a log of
# messages holds whatever was sent: a token that was to be introspected, a password that was to be changed. The server's
# sentence by itself is in `error.response.errors[0].message`. urql's message has it alone, behind "[GraphQL]".
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund graphql-request@7.4.0 @urql/core@6.0.3 graphql@16.15.0
cat > ask.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client, fetchExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';

const server = createServer(async (request, response) => {
  for await (const _ of request);
  response.setHeader('content-type', 'application/json').end('{"data":null,"errors":[{"message":"Not today."}]}');
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}/graphql`;
const query = 'query Check($word: String!) { check(word: $word) }';
const variables = { word: 'private' };
const tell = (who, message) => console.log(`${who}: ${message.length < 40 ? message : 'longer'}, the variable's value: ${message.includes('private')}`);

const refused = await new GraphQLClient(url).request(query, variables).catch((error) => error);
tell('graphql-request', refused.message);
tell('its response.errors', refused.response.errors[0].message);
const { error } = await new Client({ url, exchanges: [fetchExchange], preferGetMethod: false }).query(query, variables);
tell('urql', error.message);
process.exit();
JS
cat > expected <<'TEXT'
graphql-request: longer, the variable's value: true
its response.errors: Not today., the variable's value: false
urql: [GraphQL] Not today., the variable's value: false
TEXT
node ask.mjs | tee seen
diff expected seen
