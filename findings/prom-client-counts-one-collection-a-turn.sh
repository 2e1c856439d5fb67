#!/usr/bin/env bash
# prom-client's default metric `nodejs_gc_duration_seconds`, where one turn of the event loop has several collections.
#
# Guess: the histogram observes each collection, so that its count is their number and its sum the time they took.
# Seen with prom-client 15.1.3: of each list that Node hands to the metric's PerformanceObserver it observes the first entry
# alone. Node gathers what one turn collected into one list, so 20 collections count as one, with that one's time. The less a
# process comes back to its event loop, the more of its collections are missing: just where they are looked for.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund prom-client@15.1.3
cat > collect.mjs <<'JS'
import { PerformanceObserver } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';

const registry = new Registry();
collectDefaultMetrics({ register: registry });
let told = () => {};
const observer = new PerformanceObserver((list) => told(list.getEntries().length));
observer.observe({ entryTypes: ['gc'] });
const count = async () => {
  const { values } = await registry.getSingleMetric('nodejs_gc_duration_seconds').get();
  return values.filter(({ metricName }) => metricName.endsWith('_count')).reduce((sum, { value }) => sum + value, 0);
};
// An observer alone does not keep a process alive.
const alive = setInterval(() => {}, 1_000);
for (const collections of [1, 20]) {
  const before = await count();
  const entries = await new Promise((resolve) => {
    told = resolve;
    for (let done = 0; done < collections; done++) globalThis.gc();
  });
  // The observers are told one after the other.
  await new Promise(setImmediate);
  console.log(`collections: ${collections}, entries in the list: ${entries}, counted: ${(await count()) - before}`);
}
clearInterval(alive);
JS
cat > expected <<'TEXT'
collections: 1, entries in the list: 1, counted: 1
collections: 20, entries in the list: 20, counted: 1
TEXT
node --expose-gc collect.mjs | tee seen
diff expected seen
