#!/usr/bin/env bash
# @apollo/subgraph's answer to `{ _service { sdl } }`, which a router's tools ask each subgraph for.
#
# Guess: the text is printed once, when the schema is built, since nothing can change it after that.
# Seen with @apollo/subgraph 2.15.1: it is printed anew for each query, the specification's definitions included, and also for
# `{ _service { __typename } }`, which drops it. What such an answer costs grows with the schema, and a probe that polls it
# pays that each time. What shows it here is a description that counts how often it is read.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund @apollo/subgraph@2.15.1 graphql@16.15.0
cat > ask.mjs <<'JS'
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
  type Query { "Counted." open: String }
`);
let reads = 0;
Object.defineProperty(typeDefs.definitions[1].fields[0].description, 'value', {
  enumerable: true,
  get: () => {
    reads++;
    return 'Counted.';
  },
});
const schema = buildSubgraphSchema(typeDefs);
for (const source of ['{ open }', '{ _service { sdl } }', '{ _service { sdl } }', '{ _service { __typename } }']) {
  reads = 0;
  await graphql({ schema, source });
  console.log(`${source}: times printed: ${reads}`);
}
JS
cat > expected <<'TEXT'
{ open }: times printed: 0
{ _service { sdl } }: times printed: 1
{ _service { sdl } }: times printed: 1
{ _service { __typename } }: times printed: 1
TEXT
node ask.mjs | tee seen
diff expected seen
