#!/usr/bin/env bash
# type-graphql's `subscribe`, which brings a stream of its own.
#
# Seen with type-graphql 2.0.0-rc.4: `@Subscription({ subscribe })` is documented for streams that have nothing to do with
# type-graphql's topics, and its types let nobody give `topics` beside it. Yet buildSchema throws "forgot to provide
# `pubSub`" where it was given none. A pubSub that is an empty object satisfies it, and is never asked for anything.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund type-graphql@2.0.0-rc.4 graphql@16.15.0 graphql-scalars@1.26.0 reflect-metadata@0.2.2
cat > ask.mjs <<'JS'
import 'reflect-metadata';
import { subscribe, parse } from 'graphql';
import { buildSchema, Query, Resolver, Root, Subscription } from 'type-graphql';

class Clock {
  now() {
    return 0;
  }
  ticked(tick) {
    return tick;
  }
}
async function* ticks() {
  yield 1;
  yield 2;
}
// What a compiler makes of the decorators.
Query(() => Number)(Clock.prototype, 'now', Object.getOwnPropertyDescriptor(Clock.prototype, 'now'));
Root()(Clock.prototype, 'ticked', 0);
Subscription(() => Number, { subscribe: ticks })(Clock.prototype, 'ticked', Object.getOwnPropertyDescriptor(Clock.prototype, 'ticked'));
Resolver()(Clock);

const options = { resolvers: [Clock], validate: false };
const without = await buildSchema(options).catch(({ message }) => message);
console.log('without pubSub:', /forgot to provide `pubSub`/.test(without) ? 'throws' : 'builds');
const schema = await buildSchema({ ...options, pubSub: {} });
for await (const { data } of await subscribe({ schema, document: parse('subscription { ticked }') })) {
  console.log('with an empty one:', JSON.stringify(data));
}
JS
cat > expected <<'TEXT'
without pubSub: throws
with an empty one: {"ticked":1}
with an empty one: {"ticked":2}
TEXT
node ask.mjs | tee seen
diff expected seen
