import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportConformance } from '../support/conformance-report.js';
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

/** The check of each name; it throws where it finds something. */
const CHECKS: Readonly<Record<string, () => Promise<void>>> = {
  'alias overloading': async () =>
    expectNoData(await query(`query cop { ${times(101, (index) => `alias${index}:__typename`)} }`)),
  'array-based batching': async () =>
    expectNoData(await post(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })))),
  'field duplication': async () => expectNoData(await query(`query cop { ${times(500, () => '__typename')} }`)),
  'circular fragments': async () =>
    expectNoData(await query('query cop { ...A } fragment A on Query { ...B } fragment B on Query { ...A }')),
  introspection: async () => expectNoData(await query('query cop { __schema { types { name fields { name } } } }')),
  'circular introspection': async () =>
    expectNoData(
      await query(
        'query cop { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }',
      ),
    ),
  'queries by GET without a credential': async () =>
    expectNoData(await send({ search: `?${new URLSearchParams({ query: 'query cop {__typename}' })}` })),
  'mutations by GET': async () =>
    expectNoData(await send({ search: `?${new URLSearchParams({ query: 'mutation cop {__typename}' })}` })),
  'forms, which any page can send': async () =>
    expectNoData(
      await send({
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ query: 'query cop { __typename }' }),
      }),
    ),
  'directive overloading': async () => {
    const answer = await query(`query cop { __typename ${times(10, () => '@aa')} }`);
    expectNoData(answer);
    // Errors are few, however many mistakes.
    expect(answer.body?.errors?.length).toBeLessThan(10);
  },
  'field suggestions': async () => {
    const answer = await query('query cop { viewr { id } }');
    expectNoData(answer);
    expect(answer.text).not.toMatch(/did you mean/i);
  },
  tracing: async () => {
    const { body } = await query('query cop { __typename }');
    expect(body?.data).toEqual({ __typename: 'Query' });
    expect(Object.keys(body?.extensions ?? {})).not.toContain('tracing');
  },
  'errors that show the inside': async () => {
    const answer = await query('qwerty cop { abc }');
    expectNoData(answer);
    expect(answer.text).not.toMatch(/exception|stacktrace|node_modules|\.js:\d/i);
  },
  'a console for anybody': async () => {
    const { status, text } = await send({ headers: { accept: 'text/html' } });
    expect(status).toBe(401);
    expect(text).not.toMatch(/graphiql|playground|sandbox/i);
  },
};

test('graphql-cop’s fourteen checks find nothing', async ({ annotate }) => {
  const findings: string[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    await check().catch((error: Error) => findings.push(`${name}: ${error.message}`));
  }
  const of = Object.keys(CHECKS).length;
  await reportConformance(
    annotate,
    { suite: 'graphql-cop', version: 'its checks, sent by us' },
    { passed: of - findings.length, of },
  );

  expect(of).toBe(14);
  expect(findings).toEqual([]);
});
