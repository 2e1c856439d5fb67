#!/usr/bin/env bash
# relay-compiler, where a fragment on an interface is spread in a union whose every member implements that interface.
#
# Guess: nothing to ask for. The fragment matches whatever the union yields, and the more so inside `... on Book`.
# Seen with relay-compiler 21.0.1: it does not ask what the union's members implement, says that `Named` might not match
# `Found`, and compiles nothing until the spread has @alias, which gives the component one more property, nullable though it
# is never null. An inline fragment on the interface, or on a member, changes nothing: the field's own type is what counts.
# The same fields written out compile, as does the spread where the field's type is a member or the interface. A schema that
# makes an interface's field a union so breaks such a client's build, although its operations stay valid GraphQL.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund relay-compiler@21.0.1
cat > schema.graphql <<'GRAPHQL'
type Query { found: Found named: Named book: Book }
union Found = Book | Author
interface Named { name: String! }
type Book implements Named { name: String! }
type Author implements Named { name: String! }
GRAPHQL
mkdir src artifacts
echo '{"src":"src","schema":"schema.graphql","language":"javascript","artifactDirectory":"artifacts"}' > relay.config.json
compile() {
  printf 'graphql`query pageQuery { %s }`;\ngraphql`fragment page_name on Named { name }`;\n' "$1" > src/page.js
  if npx relay-compiler relay.config.json > log 2>&1; then echo "$1: compiled"; else
    echo "$1: refused, $(grep --only-matching --max-count=1 'Expected `@alias` directive' log)"
  fi
}
cat > expected <<'TEXT'
found { ...page_name }: refused, Expected `@alias` directive
found { ... on Named { ...page_name } }: refused, Expected `@alias` directive
found { ... on Book { ...page_name } }: refused, Expected `@alias` directive
found { ...page_name @alias }: compiled
found { ... on Named { name } }: compiled
named { ...page_name }: compiled
book { ...page_name }: compiled
TEXT
while IFS= read -r line; do compile "${line%: *}"; done < expected | tee seen
diff expected seen
