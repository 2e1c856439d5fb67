#!/usr/bin/env bash
# Federation's @listSize on a field that pages: `assumedSize` beside `slicingArguments` whose argument has a default.
#
# Seen with @apollo/composition 2.14.4, @theguild/federation-composition 0.27.0 and @wundergraph/composition 0.55.0:
# one and the same subgraph composes in the first two without a word. WunderGraph's refuses the whole subgraph, since an
# assumed size would never be used where the argument always has a value. Without the default, or without `assumedSize`,
# all three compose. A schema that is tried with Apollo's composer alone so fails at a Cosmo user's, and what reads
# `assumedSize` as the most that there can be has to get that figure from elsewhere.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund \
  @apollo/composition@2.14.4 @theguild/federation-composition@0.27.0 @wundergraph/composition@0.55.0 graphql@16.11.0
cat > compose.mjs <<'JS'
import { composeServices as composeApollo } from '@apollo/composition';
import { composeServices as composeGuild } from '@theguild/federation-composition';
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION as version } from '@wundergraph/composition';
import { parse } from 'graphql';

const subgraph = (argument, assumed) => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
  type Query {
    books(${argument}): BookPage
      @listSize(${assumed} slicingArguments: ["first"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
  }
  type BookPage { nodes: [Book!]! }
  type Book { title: String! }
`;
const url = 'http://books.example/graphql';
const verdict = (errors) => (errors?.length ? 'refused' : 'composed');
for (const [what, argument, assumed] of [
  ['a default and assumedSize', 'first: Int = 20', 'assumedSize: 100,'],
  ['a default alone', 'first: Int = 20', ''],
  ['assumedSize alone', 'first: Int', 'assumedSize: 100,'],
]) {
  const typeDefs = parse(subgraph(argument, assumed));
  const services = [{ name: 'books', url, typeDefs }];
  const wundergraph = federateSubgraphs({ subgraphs: [{ name: 'books', url, definitions: typeDefs }], version });
  console.log(
    `${what}: Apollo ${verdict(composeApollo(services).errors)},`,
    `The Guild ${verdict(composeGuild(services).errors)},`,
    `WunderGraph ${wundergraph.success ? 'composed' : 'refused'}`,
  );
}
JS
cat > expected <<'TEXT'
a default and assumedSize: Apollo composed, The Guild composed, WunderGraph refused
a default alone: Apollo composed, The Guild composed, WunderGraph composed
assumedSize alone: Apollo composed, The Guild composed, WunderGraph composed
TEXT
node compose.mjs | tee seen
diff expected seen
