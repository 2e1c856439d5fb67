#!/usr/bin/env bash
# rolldown's `keepNames`, where two modules give a class the same name, for code that goes by `constructor.name`.
#
# Guess: without it one of the two may be renamed; with it each class says the name that it has unbundled.
# Seen with rolldown 1.2.19: without it the first module's class says "Named$1", also where nothing is minified. With it that
# is over for declarations, default exports and variables; but a class or function that is the default value in a pattern
# still gets the bundle's name for its variable, "pattern$1", whether the bundle is minified or not.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund rolldown@1.2.19
cat > first.js <<'JS'
export class Named {}
export default class {}
export const variable = () => {};
export const { pattern = class {} } = {};
export const [item = () => {}] = [];
JS
cp first.js second.js
cat > main.js <<'JS'
import * as first from './first.js';
import * as second from './second.js';
const names = ({ Named, default: standard, variable, pattern, item }) =>
  [Named, standard, variable, pattern, item].map(({ name }) => name).join(' ');
export const told = `${names(first)} | ${names(second)}`;
JS
cat > pack.mjs <<'JS'
import { rolldown } from 'rolldown';
import { told } from './main.js';

console.log(`unbundled: ${told}`);
for (const [what, options] of [
  ['bundled', {}],
  ['keepNames', { keepNames: true }],
  ['keepNames and minify', { keepNames: true, minify: true }],
]) {
  const bundle = await rolldown({ input: 'main.js' });
  await bundle.write({ ...options, file: `${what}.js` });
  await bundle.close();
  console.log(`${what}: ${(await import(`./${what}.js`)).told}`);
}
JS
cat > expected <<'TEXT'
unbundled: Named default variable pattern item | Named default variable pattern item
bundled: Named$1 first_default variable$1 pattern$1 item$1 | Named second_default variable pattern item
keepNames: Named default variable pattern$1 item$1 | Named default variable pattern item
keepNames and minify: Named default variable pattern$1 item$1 | Named default variable pattern item
TEXT
node pack.mjs | tee seen
diff expected seen
