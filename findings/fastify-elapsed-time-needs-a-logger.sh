#!/usr/bin/env bash
# Fastify's `reply.elapsedTime` before the answer is sent: in the handler, and in an onSend hook that writes a Server-Timing
# header.
#
# Guess: the time since the request came in, as its documentation has it, whatever else the server is made of.
# Seen with fastify 5.12.8: 0, all the way to the answer, unless the server has a logger (a silent one will do), or the route
# has an onResponse hook or a handlerTimeout; only then does Fastify note when the request came. A header that is right in
# production so says 0 in tests without a logger, and the other way round where a service goes without one.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund fastify@5.12.8
cat > ask.mjs <<'JS'
import { setImmediate } from 'node:timers/promises';
import Fastify from 'fastify';

const say = (elapsed) => (elapsed === 0 ? '0' : elapsed > 0 ? 'a duration' : `${elapsed}`);
for (const [what, options, hook] of [
  ['neither logger nor hook', {}],
  ['a logger', { logger: { level: 'silent' } }],
  ['an onResponse hook', {}, async () => {}],
  ['a handlerTimeout', { handlerTimeout: 60_000 }],
]) {
  const app = Fastify(options);
  if (hook) app.addHook('onResponse', hook);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('server-timing', say(reply.elapsedTime));
  });
  app.get('/', async (_request, reply) => {
    await setImmediate();
    return say(reply.elapsedTime);
  });
  const { body, headers } = await app.inject('/');
  console.log(`${what}: ${body} in the handler, ${headers['server-timing']} in onSend`);
  await app.close();
}
JS
cat > expected <<'TEXT'
neither logger nor hook: 0 in the handler, 0 in onSend
a logger: a duration in the handler, a duration in onSend
an onResponse hook: a duration in the handler, a duration in onSend
a handlerTimeout: a duration in the handler, a duration in onSend
TEXT
node ask.mjs | tee seen
diff expected seen
