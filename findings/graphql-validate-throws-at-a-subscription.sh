#!/usr/bin/env bash
# graphql-js's `validate`, where a subscription's root field is conditional.
#
# Seen with graphql 16.15.0: `validate` is documented to return errors, and a server that trusts that answers 500 where it
# throws. It throws a GraphQLError where a variable decides about @skip or @include at the root of a subscription, since the
# rule of the single root field collects fields without any variables; it does so for a subscription that merely stands beside
# the query that is asked for. Where the condition is written out, the document counts as valid, although no field is left,
# and `subscribe` then fails with a TypeError of its own instead of an error in its result.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund graphql@16.15.0
cat > ask.mjs <<'JS'
import { buildSchema, parse, subscribe, validate } from 'graphql';

const schema = buildSchema('type Query { a: Int } type Subscription { ticked: Int other: Int }');
const kindOf = (error) => error.constructor.name;
const check = (text) => {
  try {
    return `${validate(schema, parse(text)).length} errors`;
  } catch (error) {
    return `throws a ${kindOf(error)}: ${error.message}`;
  }
};
console.log('two root fields:', check('subscription { ticked other }'));
console.log('a variable decides:', check('subscription ($no: Boolean!) { ticked @skip(if: $no) }'));
console.log('beside the query:', check('query A { a } subscription B($no: Boolean!) { ticked @skip(if: $no) }'));
const empty = 'subscription { ticked @skip(if: true) }';
console.log('nothing is left:', check(empty));
const outcome = await subscribe({ schema, document: parse(empty) }).then(
  (result) => `a result with ${Object.keys(result)}`,
  (error) => `rejects with a ${kindOf(error)}`,
);
console.log('and subscribe:', outcome);
JS
cat > expected <<'TEXT'
two root fields: 1 errors
a variable decides: throws a GraphQLError: Argument "if" of required type "Boolean!" was provided the variable "$no" which was not provided a runtime value.
beside the query: throws a GraphQLError: Argument "if" of required type "Boolean!" was provided the variable "$no" which was not provided a runtime value.
nothing is left: 0 errors
and subscribe: rejects with a TypeError
TEXT
node ask.mjs | tee seen
diff expected seen
