import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type ConcreteRequest,
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  type GraphQLResponse,
  getSelector,
  Network,
  type ReaderFragment,
  RecordSource,
  type SingularReaderSelector,
  Store,
  type Variables,
} from 'relay-runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMachine } from '../support/machine.js';
import { relayDefinitions } from '../support/relay-source.js';
import { idsOf, type Shown, startShown } from './frontend.js';

let shown: Shown;
beforeAll(async () => {
  shown = await startShown();
});
afterAll(() => shown.gateway[Symbol.asyncDispose]());

type Page = { readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string } };

/** What relay-compiler made of an operation or a fragment of docs/operations. */
async function artifactOf<Artifact>(name: string): Promise<Artifact & { readonly hash: string }> {
  return ((await import(`./relay/${name}.graphql.js`)) as { default: Artifact & { hash: string } }).default;
}

function createEnvironment(headers: Record<string, string> = shown.superAdmin): Environment {
  const network = Network.create(async ({ text }, variables) => {
    const response = await fetch(shown.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: text, variables }),
    });
    return (await response.json()) as GraphQLResponse;
  });
  // An id is one object's among those of its type, which Relay would not take for granted.
  const getDataID = ({ id }: { id?: unknown }, typename: string) => id && `${typename}:${id}`;
  return new Environment({ network, store: new Store(new RecordSource()), getDataID });
}

/** Fetches a query, and what its store then has of it. */
async function load(environment: Environment, name: string, variables: Variables = {}): Promise<unknown> {
  const request = await artifactOf<ConcreteRequest>(name);
  await fetchQuery(environment, request, variables).toPromise();
  return environment.lookup(createOperationDescriptor(request, variables).fragment).data;
}

/** What the store has of a fragment, as the component that owns it reads it. */
async function readFragment(environment: Environment, name: string, reference: unknown): Promise<unknown> {
  const selector = getSelector(await artifactOf<ReaderFragment>(name), reference);
  return environment.lookup(selector as SingularReaderSelector).data;
}

async function change(environment: Environment, name: string, variables: Variables) {
  const mutation = await artifactOf<ConcreteRequest>(name);
  return new Promise<{ response: unknown; errors: unknown }>((resolve, reject) => {
    const onCompleted = (response: unknown, errors: unknown) => resolve({ response, errors });
    commitMutation(environment, { mutation, variables, onCompleted, onError: reject });
  });
}

test('the artifacts are those that relay-compiler makes of docs/operations as it is', async () => {
  const compiled = globSync('relay/*.graphql.js', { cwd: import.meta.dirname });
  const definitions = relayDefinitions();
  const hashOf = (text: string) => createHash('md5').update(text).digest('hex');

  expect(compiled.map((path) => basename(path, '.graphql.js')).sort()).toEqual([...definitions.keys()].sort());
  for (const [name, text] of definitions) expect([name, (await artifactOf(name)).hash]).toEqual([name, hashOf(text)]);
});

test('a query gives its component the fields of its fragment', async () => {
  const environment = createEnvironment();
  const { connections } = (await load(environment, 'Connections')) as { connections: unknown[] };

  const { connectionId: id, clientId } = shown.machine;
  expect(await readFragment(environment, 'ConnectionFields', connections[0])).toMatchObject({
    id,
    clientId,
    secrets: [{ state: 'CURRENT' }],
  });
});

test('a mutation gives the member of its union, and a refusal with its code', async () => {
  const environment = createEnvironment();
  const create = () =>
    change(environment, 'CreateConnection', { input: { name: 'Relay', authenticationType: 'OAUTH' } });

  expect((await create()).response).toMatchObject({ createConnection: { __typename: 'ConnectionCreated' } });
  expect((await create()).response).toMatchObject({
    createConnection: { __typename: 'NameTaken', code: 'NAME_TAKEN', path: ['input', 'name'] },
  });
});

test.each([
  ['AuditEvents', () => ({}), (data: unknown) => (data as { auditEvents: Page }).auditEvents],
  [
    'ConnectionTokens',
    () => ({ id: shown.machine.connectionId }),
    (data: unknown) => (data as { connection: { tokens: Page } }).connection.tokens,
  ],
])('@connection keeps the pages of %s together', async (name, variables, pageOf) => {
  const environment = createEnvironment();
  const all = pageOf(await load(createEnvironment(), name, { ...variables(), first: 100 }));
  let page = pageOf(await load(environment, name, { ...variables(), first: 1 }));
  while (page.pageInfo.hasNextPage) {
    page = pageOf(await load(environment, name, { ...variables(), first: 1, after: page.pageInfo.endCursor }));
  }

  expect(idsOf(page).length).toBeGreaterThan(2);
  expect(idsOf(page)).toEqual(idsOf(all));
});

test('an error carries the code of the answer, whatever its status', async () => {
  const errorsOf = ({ source }: { source: { errors: unknown } }) => source.errors;
  const variables = { id: shown.machine.connectionId };
  const refused = await change(createEnvironment(shown.admin), 'DisableConnection', variables);

  expect(await load(createEnvironment(shown.unknown), 'Viewer').catch(errorsOf)).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED' } },
  ]);
  expect(refused.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});

test('what is told of a deleted connection is no connection in the store', async () => {
  const environment = createEnvironment();
  const { connectionId: id } = await createMachine(shown.gateway.client());
  await load(environment, 'Connection', { id });
  await change(environment, 'DeleteConnection', { id });

  const records = environment.getStore().getSource();
  expect(
    records
      .getRecordIDs()
      .filter((record) => record.includes(id))
      .map((record) => records.get(record)?.__typename)
      .sort(),
  ).toEqual(['ConnectionDeleted', 'OAuthConnection']);
});
