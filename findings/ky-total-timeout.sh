#!/usr/bin/env bash
# ky's `totalTimeout` where a 429 asks for a longer wait than is left of it.
#
# Guess: ky sees that the wait does not fit, and gives the 429 to its caller at once, as got does with `maxRetryAfter`.
# Seen with ky 2.1.0: it sleeps until `totalTimeout` has passed, although no call can follow, and then throws a
# TimeoutError without `response`: the 429, its Retry-After and its body are lost. (`retry.maxRetryAfter` does not help
# either: it shortens the wait, and ky calls again earlier than it was told.) `retry.shouldRetry` can give up at once.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund --save-exact ky@2.1.0
cat > ask.mjs <<'JS'
import { createServer } from 'node:http';
import ky from 'ky';

let calls = 0;
const server = createServer((_request, response) => {
  calls++;
  response.writeHead(calls === 1 ? 429 : 200, { 'retry-after': '3' }).end();
}).listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const [what, options] of [
    ['totalTimeout 2 s', { totalTimeout: 2_000 }],
    ['maxRetryAfter 1 s', { retry: { maxRetryAfter: 1_000 } }],
    ['shouldRetry: false', { retry: { shouldRetry: () => false } }],
  ]) {
    calls = 0;
    const begun = performance.now();
    const end = await ky(url, options).then(
      ({ status }) => status,
      (error) => `${error.name} with ${error.response?.status ?? 'no response'}`,
    );
    console.log(`told 3 s, ${what}: ${end} after ${Math.round((performance.now() - begun) / 1000)} s, calls: ${calls}`);
  }
  server.close();
});
JS
cat > expected <<'TEXT'
told 3 s, totalTimeout 2 s: TimeoutError with no response after 2 s, calls: 1
told 3 s, maxRetryAfter 1 s: 200 after 1 s, calls: 2
told 3 s, shouldRetry: false: HTTPError with 429 after 0 s, calls: 1
TEXT
node -p '`ky ${JSON.parse(fs.readFileSync("node_modules/ky/package.json")).version}`'
node ask.mjs | tee seen
diff expected seen
