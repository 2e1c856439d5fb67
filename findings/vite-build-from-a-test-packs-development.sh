#!/usr/bin/env bash
# A page of React that `vite build` makes where the environment has NODE_ENV=test, as everything that vitest starts has.
#
# Guess: a build is for production, as its mode says: the same files, whoever starts it.
# Seen with vite 8.3.8, react and react-dom 19.3.1: the mode stays "production", and `import.meta.env.PROD` is false; React's
# development build is packed, several times as large, without a word. Of a server's tests that build what it serves, the
# page that they leave behind is not the one that users get.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund vite@8.3.8 react@19.3.1 react-dom@19.3.1
echo '<!doctype html><script type="module" src="./main.js"></script>' > index.html
cat > main.js <<'JS'
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
createRoot(document.body).render(createElement('p', null, `${import.meta.env.MODE} PROD:${import.meta.env.PROD}`));
JS
cat > build.mjs <<'JS'
import { build } from 'vite';
const { output } = await build({ logLevel: 'error', build: { write: false } });
const { code } = output.find(({ type }) => type === 'chunk');
const [, mode] = /(\w+ PROD:[^`'"]+)/.exec(code) ?? [];
const react = code.length > 400_000 ? "React's development build" : "React's production build";
console.log(`NODE_ENV=${process.argv[2]}: ${mode ?? 'mode not written out'}, ${react}`);
JS
cat > expected <<'TEXT'
NODE_ENV=unset: production PROD:true, React's production build
NODE_ENV=production: production PROD:true, React's production build
NODE_ENV=test: production PROD:false, React's development build
TEXT
{
  env -u NODE_ENV node build.mjs unset
  NODE_ENV=production node build.mjs production
  NODE_ENV=test node build.mjs test
} | tee seen
diff expected seen
