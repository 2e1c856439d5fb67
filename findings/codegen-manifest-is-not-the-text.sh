#!/usr/bin/env bash
# GraphQL Code Generator's client preset with `persistedDocuments`, beside servers that take an operation by its text or by
# the hash of Apollo's persisted queries.
#
# Seen with @graphql-codegen/cli 7.4.3 and @graphql-codegen/client-preset 6.2.0: the manifest does not hold the text that
# the generated document prints. It holds a form of its own, on one line, fragments first, the fields of each selection in
# alphabetical order, and the hash is of that form. The keys carry the kind of the hash before it ("sha256:…"), so as they
# are they fit no `persistedQuery.sha256Hash`, where clients and servers compare 64 digits. A server that registers the
# manifest's texts takes none of the same build's operations sent as text, and by id an answer's keys come in another
# order than by text.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund \
  @graphql-codegen/cli@7.4.3 @graphql-codegen/client-preset@6.2.0 graphql@16.15.0 typescript@5.9.3
cat > schema.graphql <<'GRAPHQL'
type Query { book: Book }
type Book { title: String! pages: Int! author: String! }
GRAPHQL
mkdir src
cat > src/book.graphql <<'GRAPHQL'
query ShowBook {
  book {
    title
    pages
    ...Writer
  }
}
fragment Writer on Book {
  author
}
GRAPHQL
cat > codegen.mjs <<'JS'
export default {
  schema: 'schema.graphql',
  documents: 'src/*.graphql',
  generates: {
    'out/': {
      preset: 'client',
      config: { documentMode: 'string' },
      presetConfig: { fragmentMasking: false, persistedDocuments: { mode: 'embedHashInDocument' } },
    },
  },
};
JS
cat > look.mjs <<'JS'
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
const [[id, text]] = Object.entries(JSON.parse(readFileSync('out/persisted-documents.json', 'utf8')));
const [, source] = /TypedDocumentString\(`(.*?)`/s.exec(readFileSync('out/graphql.ts', 'utf8').split('ShowBookDocument')[1]);
const digest = (words) => `sha256:${createHash('sha256').update(words).digest('hex')}`;
console.log(`id: ${id.replace(/[0-9a-f]{64}/, '64 digits')}`);
console.log(`manifest: ${text}`);
console.log(`document: ${source.trim().replaceAll(/\s+/g, ' ')}`);
console.log(`the id is the hash of the manifest's text: ${digest(text) === id}, of the document's: ${digest(source) === id}`);
JS
npx graphql-codegen --config codegen.mjs --silent
cat > expected <<'TEXT'
id: sha256:64 digits
manifest: fragment Writer on Book { author } query ShowBook { book { pages title ...Writer } }
document: query ShowBook { book { title pages ...Writer } } fragment Writer on Book { author }
the id is the hash of the manifest's text: true, of the document's: false
TEXT
node look.mjs | tee seen
diff expected seen
