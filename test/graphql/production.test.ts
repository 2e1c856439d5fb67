import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';

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

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('Sandbox', () => {
  test('is what browsers find in development, in the console’s session and without telemetry', async () => {
    const page = await requestGraphql(development.url, { method: 'GET', headers: { accept: BROWSER } });

    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(page.text).toContain('embeddable-sandbox');
    expect(page.text).toContain('"includeCookies":true');
    expect(page.text).toContain('"runTelemetry":false');
  });

  test('is not there in production', async () => {
    const page = await requestGraphql(production.url, { method: 'GET', headers: { accept: BROWSER } });

    expect([page.status, codesOf(page)]).toEqual([401, ['UNAUTHENTICATED']]);
    expect(page.errors[0]?.message).toContain('A query by GET needs a credential');
    expect(page.text).not.toMatch(/<html|sandbox/i);
  });
});

describe('introspection', () => {
  test.each([
    ['the whole schema', getIntrospectionQuery()],
    ['one type', '{ __type(name: "Query") { name } }'],
    ['the schema by an alias', '{ s: __schema { queryType { name } } }'],
    ['the schema in a fragment', '{ ...A } fragment A on Query { __schema { queryType { name } } }'],
  ])('of %s is answered in development and refused in production', async (_what, query) => {
    const [open, closed] = [
      await requestGraphql(development.url, { body: { query } }),
      await requestGraphql(production.url, {
        headers: { authorization: `Bearer ${production.bearer()}`, accept: 'application/graphql-response+json' },
        body: { query },
      }),
    ];

    expect(open.errors).toEqual([]);
    expect([closed.status, new Set(codesOf(closed))]).toEqual([400, new Set(['GRAPHQL_VALIDATION_FAILED'])]);
    for (const { message } of closed.errors) expect(message).toMatch(/LATCHKEY_SANDBOX=true/);
    expect(closed.text).not.toContain('"data"');
  });
});

describe('in production no message guesses at what the schema has', () => {
  test.each([
    ['a field', '{ viewr { id } }', {}],
    ['a nested field', '{ viewer { rol } }', {}],
    ['an argument', '{ connection(ids: "x") { id } }', {}],
    ['a type', '{ viewer { ... on Vewer { id } } }', {}],
    ['an enum value', '{ connections(authenticationType: OAUT) { id } }', {}],
    [
      "a variable's enum value",
      'query ($t: AuthenticationType) { connections(authenticationType: $t) { id } }',
      { t: 'OAUT' },
    ],
    [
      "a variable's input field",
      'mutation ($i: CreateConnectionInput!) { createConnection(input: $i) { __typename } }',
      { i: { nam: 'x', authenticationType: 'OAUTH' } },
    ],
    [
      "an input's field",
      'mutation { createConnection(input: { nam: "x", authenticationType: OAUTH }) { __typename } }',
      {},
    ],
  ])('%s', async (_what, query, variables) => {
    const authorization = `Bearer ${production.bearer()}`;
    const answer = await requestGraphql(production.url, { headers: { authorization }, body: { query, variables } });
    const helpful = await requestGraphql(development.url, { body: { query, variables } });

    expect(answer.errors.length).toBeGreaterThan(0);
    expect(answer.text).not.toMatch(/did you mean/i);
    // The same mistake in development is helped with: there is something to hide.
    expect(helpful.text).toMatch(/did you mean/i);
  });
});
