#!/usr/bin/env bash
# Federation's imports beside graphql-inspector: what a subgraph begins to import looks like a directive taken away.
#
# Seen with @apollo/subgraph 2.15.1 and @graphql-inspector/core 8.0.0: a built subgraph defines every directive of
# federation, under a prefix unless the subgraph imports it. A subgraph that begins to use @tag, and so adds it to the
# imports of its @link, gains the directive "tag" and loses "federation__tag", which the inspector reports as a breaking
# change, though no client's document can have either; the longer list of imports is an argument removed, and dangerous.
# A gate on breaking changes stops a subgraph that has only grown.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund \
  @apollo/subgraph@2.15.1 @graphql-inspector/core@8.0.0 graphql@16.15.0
cat > compare.mjs <<'JS'
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { buildSubgraphSchema } = require('@apollo/subgraph');
const { diff } = require('@graphql-inspector/core');
const { parse } = require('graphql');

const subgraph = (imports, tag) => buildSubgraphSchema([{ typeDefs: parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])
  type Query { book(title: String! ${tag}): Book }
  type Book @key(fields: "title") { title: String! }
`) }]);
const before = subgraph('"@key"', '');
const after = subgraph('"@key", "@tag"', '@tag(name: "shelf")');
for (const { criticality, message } of await diff(before, after)) {
  if (criticality.level !== 'NON_BREAKING') console.log(`${criticality.level}: ${message}`);
}
JS
cat > expected <<'TEXT'
BREAKING: Directive 'federation__tag' was removed
DANGEROUS: Directive 'tag' was added to argument 'title' of field 'book' in type 'Query'
DANGEROUS: Argument 'import' was removed from '@link'
TEXT
node compare.mjs | tee seen
diff expected seen
