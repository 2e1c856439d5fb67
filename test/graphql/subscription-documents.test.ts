import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const FIELD = 'connectionChanged { connectionId }';
const FRAGMENT = `fragment F on Subscription { ${FIELD} }`;

test.each([
  [`subscription S { connectionChanged @skip(if: true) { connectionId } }`],
  [`subscription S { ... @include(if: false) { ${FIELD} } }`],
  [`subscription S { ...F @skip(if: true) } ${FRAGMENT}`],
  [`subscription S { ...G } fragment G on Subscription { ...G ...F @skip(if: false) } ${FRAGMENT}`],
  [`subscription S($a: Boolean!) { ... @skip(if: $a) { ${FIELD} } }`],
  [`query Q { __typename } subscription S($a: Boolean!) { ... @skip(if: $a) { ${FIELD} } }`, 'Q'],
])(
  'a subscription that may leave out its root field is refused as invalid, beside a query too: %s',
  async (query, operationName = 'S') => {
    const body = { query, operationName, variables: { a: false } };
    const headers = {
      authorization: `Bearer ${gateway.bearer()}`,
      accept: 'text/event-stream, application/graphql-response+json',
    };
    const answer = await requestGraphql(gateway.url, { headers, body });
    expect([answer.status, codesOf(answer)]).toEqual([400, ['GRAPHQL_VALIDATION_FAILED']]);
    expect(answer.text).toContain('A subscription cannot leave out its root field.');
  },
);

test('a subscription with a variable of a wrong type is refused, and told which without the value', async () => {
  const query = `subscription S($n: Int) { connectionChanged { connection { ... on OAuthConnection { tokens(first: $n) { __typename } } } } }`;
  const headers = { authorization: `Bearer ${gateway.bearer()}`, accept: 'text/event-stream' };
  const answer = await requestGraphql(gateway.url, { headers, body: { query, variables: { n: 'misplaced' } } });
  expect([answer.status, codesOf(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
  expect(answer.text).toContain('Variable \\"$n\\" got invalid value; Int cannot represent non-integer value.');
  expect(answer.text).not.toContain('misplaced');
});
