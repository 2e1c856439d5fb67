import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type RawAnswer, requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';

/** What comes a third time is executed without Apollo's pipeline: test/property/direct-execution.test.ts compares both. */

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { limits: limitsOf() } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

function send(query: string, headers: Record<string, string> = {}, variables?: object): Promise<RawAnswer> {
  const authorization = `Bearer ${gateway.bearer()}`;
  return requestGraphql(gateway.url, { headers: { authorization, ...headers }, body: { query, variables } });
}

/** What is the same in the answers to equal requests. */
function outline({ status, headers, text }: RawAnswer) {
  const told = [...headers].filter(([name]) => !['x-request-id', 'date', 'content-length'].includes(name));
  return { status, headers: told, text };
}

test('a mutation of a known document is done once for each request, and recorded', async () => {
  const create = `mutation Create($name: String!) {
    createConnection(input: { name: $name, authenticationType: OAUTH }) { ... on ConnectionCreated { connection { name } } }
  }`;
  const names = ['first', 'second', 'third', 'fourth'];
  for (const name of names) {
    const { data } = await send(create, {}, { name });
    expect(data).toEqual({ createConnection: { connection: { name } } });
  }

  const { data } = await send('{ connections { name } auditEvents(first: 10) { edges { node { action } } } }');
  expect(data).toEqual({
    connections: names.map((name) => ({ name })),
    auditEvents: { edges: names.map(() => ({ node: { action: 'connection.created' } })) },
  });
});

test('a known document of a caller whose credential is bad is refused as any other', async () => {
  const known = '{ viewer { id } }';
  for (let time = 0; time < 3; time++) await send(known);
  const bad = { authorization: 'Bearer unknown' };

  const [ofKnown, ofNew] = [await send(known, bad), await send('{ viewer { id role } }', bad)];
  expect(ofKnown.status).toBe(401);
  expect(outline(ofKnown)).toEqual(outline(ofNew));
});

test('and counts as one failed authentication', async () => {
  await using own = await startTestGateway({ config: { limits: limitsOf() } });
  const ask = (authorization: string) =>
    requestGraphql(own.url, { headers: { authorization }, body: { query: '{ viewer { id } }' } });
  for (let time = 0; time < 3; time++) await ask(`Bearer ${own.bearer()}`);

  const statuses = [];
  for (let time = 0; time < 101; time++) statuses.push((await ask('Bearer unknown')).status);
  expect([statuses.filter((status) => status === 401).length, statuses.at(-1)]).toEqual([100, 200]);
});

test('a router that asks for a trace of a known document gets it', async () => {
  const query = '{ viewer { role } }';
  for (let time = 0; time < 3; time++) expect((await send(query)).text).not.toContain('ftv1');

  expect((await send(query, { 'apollo-federation-include-trace': 'ftv1' })).text).toContain('"ftv1":"');
});
