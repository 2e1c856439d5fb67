import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/**
 * What graphql-cop, a scanner in Python, looks for: a request for each of its fourteen checks, and what must not come back.
 * The scanner itself is not run.
 */

let production: TestGateway;
beforeAll(async () => {
  production = await startTestGateway({ config: { sandbox: false } });
});
afterAll(() => production[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body:
    | { readonly data?: unknown; readonly errors?: readonly object[]; readonly extensions?: object }
    | undefined;
}

async function send(init: RequestInit & { readonly search?: string }): Promise<Answer> {
  const { search = '', ...rest } = init;
  const response = await fetch(`${production.url}/graphql${search}`, rest);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return send({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

const query = (text: string) => post({ query: text });
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** An answer of application/json has the status 200, whatever is refused. */
function expectNoData({ status, body }: Answer): void {
  expect(body?.data ?? undefined).toBeUndefined();
  expect(status >= 400 || body?.errors?.length).toBeTruthy();
}

test.each<[check: string, ask: () => Promise<Answer>]>([
  ['alias overloading', () => query(`query cop { ${times(101, (index) => `alias${index}:__typename`)} }`)],
  ['array-based batching', () => post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })))],
  ['field duplication', () => query(`query cop { ${times(500, () => '__typename')} }`)],
  ['circular fragments', () => query('query cop { ...A } fragment A on Query { ...B } fragment B on Query { ...A }')],
  ['introspection', () => query('query cop { __schema { types { name fields { name } } } }')],
  [
    'circular introspection',
    () =>
      query('query cop { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }'),
  ],
  [
    'queries by GET without a credential',
    () => send({ search: `?${new URLSearchParams({ query: 'query cop {__typename}' })}` }),
  ],
  ['mutations by GET', () => send({ search: `?${new URLSearchParams({ query: 'mutation cop {__typename}' })}` })],
  [
    'forms, which any page can send',
    () =>
      send({
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ query: 'query cop { __typename }' }),
      }),
  ],
])('graphql-cop’s check of %s finds nothing', async (_check, ask) => {
  expectNoData(await ask());
});

test('graphql-cop’s check of directive overloading finds nothing: errors are few, however many mistakes', async () => {
  const answer = await query(`query cop { __typename ${times(10, () => '@aa')} }`);
  expectNoData(answer);
  expect(answer.body?.errors?.length).toBeLessThan(10);
});

test('graphql-cop’s check of field suggestions finds nothing', async () => {
  const answer = await query('query cop { viewr { id } }');
  expectNoData(answer);
  expect(answer.text).not.toMatch(/did you mean/i);
});

test('graphql-cop’s check of tracing finds nothing', async () => {
  const { body } = await query('query cop { __typename }');
  expect(body?.data).toEqual({ __typename: 'Query' });
  expect(Object.keys(body?.extensions ?? {})).not.toContain('tracing');
});

test('graphql-cop’s check of errors that show the inside finds nothing', async () => {
  const answer = await query('qwerty cop { abc }');
  expectNoData(answer);
  expect(answer.text).not.toMatch(/exception|stacktrace|node_modules|\.js:\d/i);
});

test('graphql-cop’s check of a console for anybody finds nothing', async () => {
  const { status, text } = await send({ headers: { accept: 'text/html' } });
  expect(status).toBe(401);
  expect(text).not.toMatch(/graphiql|playground|sandbox/i);
});
