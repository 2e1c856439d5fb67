#!/usr/bin/env bash
# type-graphql's unions and interfaces with a `resolveType` that answers at once.
#
# Seen with type-graphql 2.0.0-rc.4: the function may give a type's name, as in graphql-js, where a name that is given at
# once stays one. type-graphql wraps it, so that what graphql-js is given is a promise each time, whatever the function is,
# and an object of a union takes two turns of the microtask queue to have its type. Left without `resolveType`, the same
# union looks at the object's class and answers at once. By graphql-js alone both are executed without a promise.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund type-graphql@2.0.0-rc.4 graphql@16.15.0 graphql-scalars@1.26.0 reflect-metadata@0.2.2
cat > ask.mjs <<'JS'
import 'reflect-metadata';
import { execute, GraphQLObjectType, GraphQLSchema, GraphQLString, GraphQLUnionType, parse } from 'graphql';
import { buildSchema, createUnionType, Field, ObjectType, Query, Resolver } from 'type-graphql';

class Granted {
  token = 'a';
}
class Refused {
  reason = 'b';
}
// What a compiler makes of the decorators.
for (const [type, name] of [[Granted, 'token'], [Refused, 'reason']]) {
  Field(() => String)(type.prototype, name);
  ObjectType()(type);
}
const classes = { types: () => [Granted, Refused] };
const Named = createUnionType({ name: 'Named', ...classes, resolveType: ({ token }) => (token ? 'Granted' : 'Refused') });
const ByClass = createUnionType({ name: 'ByClass', ...classes });
class Answers {
  named() {
    return new Granted();
  }
  byClass() {
    return new Granted();
  }
}
for (const [name, type] of [['named', Named], ['byClass', ByClass]]) {
  Query(() => type)(Answers.prototype, name, Object.getOwnPropertyDescriptor(Answers.prototype, name));
}
Resolver()(Answers);
const schema = await buildSchema({ resolvers: [Answers], validate: false });

async function ask(name) {
  const answer = schema.getType(name).resolveType(new Granted(), {}, {}, schema.getType(name));
  let turns = 0;
  let isThere = !(answer instanceof Promise);
  if (!isThere) answer.then(() => (isThere = true));
  for (; !isThere; turns++) await undefined;
  console.log(`${name}: ${answer instanceof Promise ? 'a promise of' : 'at once'} ${await answer}, after ${turns} turns`);
}
await ask('Named');
await ask('ByClass');

// The same two by graphql-js alone.
const granted = new GraphQLObjectType({
  name: 'Granted',
  fields: { token: { type: GraphQLString } },
  isTypeOf: (value) => value instanceof Granted,
});
const options = { Named: { resolveType: () => 'Granted' }, ByClass: {} };
for (const [name, more] of Object.entries(options)) {
  const type = new GraphQLUnionType({ name, types: [granted], ...more });
  const alone = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { answer: { type } } }) });
  const document = parse('{ answer { __typename } }');
  const result = execute({ schema: alone, document, rootValue: { answer: new Granted() } });
  console.log(`${name} by graphql-js: ${result instanceof Promise ? 'a promise' : 'at once'} ${(await result).data.answer.__typename}`);
}
JS
node ask.mjs > seen
cat seen
diff seen - <<'EXPECTED'
Named: a promise of Granted, after 2 turns
ByClass: at once Granted, after 0 turns
Named by graphql-js: at once Granted
ByClass by graphql-js: at once Granted
EXPECTED
