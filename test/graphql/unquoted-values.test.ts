import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';

let development: TestGateway;
let production: TestGateway;
beforeAll(async () => {
  development = await startTestGateway();
  production = await startTestGateway({ config: { sandbox: false } });
});
afterAll(async () => {
  await development[Symbol.asyncDispose]();
  await production[Symbol.asyncDispose]();
});

/** A tenant's own: nothing in its looks says what it is, and it holds what messages are cut at. */
const SECRET = 'hunter2_tenant';
const TRICKY = `${SECRET}" at "i.name"; value: x. Did you mean "${SECRET}"?`;

const CREATE = 'mutation ($i: CreateConnectionInput!) { createConnection(input: $i) { __typename } }';
const GOOD = { name: 'x', authenticationType: 'OAUTH', clientSecret: SECRET, accessKey: TRICKY };
const FIRST = 'query ($first: Int) { auditEvents(first: $first) { edges { cursor } } }';
const literal = (input: string) => `mutation { createConnection(input: ${input}) { __typename } }`;

describe('an error says where and why, and never quotes the value that was sent', () => {
  const cases: [what: string, query: string, variables: object, message: RegExp][] = [
    [
      'an input with an unknown member',
      CREATE,
      { i: { ...GOOD, bogus: 1 } },
      /^Variable "\$i" got invalid value; Field "bogus" is not defined by type "CreateConnectionInput"\./,
    ],
    [
      'an input without a required member',
      CREATE,
      { i: { ...GOOD, name: undefined } },
      /^Variable "\$i" got invalid value; Field "name" of required type "String!" was not provided\.$/,
    ],
    [
      'a text for an input',
      CREATE,
      { i: TRICKY },
      /^Variable "\$i" got invalid value; Expected type "CreateConnectionInput" to be an object\.$/,
    ],
    [
      'a list for a text',
      CREATE,
      { i: { ...GOOD, clientSecret: [SECRET] } },
      /^Variable "\$i" got invalid value at "i\.clientSecret"; String cannot represent a non string value\.$/,
    ],
    [
      'an object for a text',
      CREATE,
      { i: { ...GOOD, accessKey: { [TRICKY]: SECRET } } },
      /^Variable "\$i" got invalid value at "i\.accessKey"; String cannot represent a non string value\.$/,
    ],
    [
      'a text for an enum value',
      CREATE,
      { i: { ...GOOD, authenticationType: TRICKY } },
      /^Variable "\$i" got invalid value at "i\.authenticationType"; The value does not exist in "AuthenticationType" enum\.$/,
    ],
    [
      'a list for an enum value',
      CREATE,
      { i: { ...GOOD, authenticationType: [SECRET] } },
      /at "i\.authenticationType"; Enum "AuthenticationType" cannot represent non-string value\.$/,
    ],
    ['a text for a number', FIRST, { first: TRICKY }, /; Int cannot represent non-integer value\./],
    [
      'an object for an id',
      'query ($id: ID!) { connection(id: $id) { id } }',
      { id: { id: SECRET } },
      /; ID cannot represent value\.$/,
    ],
    [
      'a text for a condition',
      'query ($yes: Boolean!) { viewer @include(if: $yes) { id } }',
      { yes: SECRET },
      /; Boolean cannot represent a non boolean value\.$/,
    ],
    [
      'a text in a list, which is a list',
      'query ($t: [String!]!) { introspectTokens(tokens: $t) { active } }',
      { t: ['x', [SECRET]] },
      /at "t\[1\]"; String cannot represent a non string value\.$/,
    ],
    [
      'a name for a text in the document',
      literal(`{ name: "x", authenticationType: OAUTH, clientSecret: ${SECRET} }`),
      {},
      /^String cannot represent a non string value\.$/,
    ],
    [
      'a list for a text in the document',
      literal(`{ name: "x", authenticationType: OAUTH, clientSecret: ["${SECRET}"] }`),
      {},
      /^String cannot represent a non string value\.$/,
    ],
    [
      'a text for an input in the document',
      literal(`"${SECRET}"`),
      {},
      /^Expected value of type "CreateConnectionInput!?"\.$/,
    ],
    [
      'a text for an enum value in the document',
      literal(`{ name: "x", authenticationType: "${SECRET}" }`),
      {},
      /^Enum "AuthenticationType" cannot represent non-enum value\.$/,
    ],
    [
      'a name for an enum value in the document',
      literal(`{ name: "x", authenticationType: ${SECRET} }`),
      {},
      /^The value does not exist in "AuthenticationType" enum\.$/,
    ],
    [
      'a text for a number in the document',
      `{ auditEvents(first: "${SECRET}") { edges { cursor } } }`,
      {},
      /^Int cannot represent non-integer value\.$/,
    ],
    [
      'a default of another type',
      `query ($first: Int = "${SECRET}") { auditEvents(first: $first) { edges { cursor } } }`,
      {},
      /^Int cannot represent non-integer value\.$/,
    ],
    ['a text where none can stand', `{ viewer "${SECRET}" { id } }`, {}, /^Syntax Error: .*found String\.$/],
    ['a block of text where none can stand', `{ viewer """${SECRET}""" }`, {}, /^Syntax Error: .*found BlockString\.$/],
    ['a name where none can stand', `{ viewer(id ${SECRET}) }`, {}, /^Syntax Error: Expected ":", found Name\.$/],
    ['a word that begins no operation', SECRET, {}, /^Syntax Error: Unexpected Name\.$/],
  ];
  test.each(cases)('%s', async (_what, query, variables, message) => {
    for (const gateway of [development, production]) {
      const answer = await requestGraphql(gateway.url, {
        headers: { authorization: `Bearer ${gateway.bearer()}` },
        body: { query, variables },
      });

      expect(answer.errors.map((error) => error.message)).toContainEqual(expect.stringMatching(message));
      expect(answer.text).not.toContain(SECRET);
      expect(answer.text).not.toContain('"data":{');
    }
  });
});
