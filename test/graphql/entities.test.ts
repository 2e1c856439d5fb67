import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { expect, test } from 'vitest';
import { userOf } from '../../src/domain/principal.js';
import { enforceAuthorization } from '../../src/transports/graphql/authorization.js';
import { FEDERATION_LINK } from '../../src/transports/graphql/directives.js';
import { CALLERS, type Caller, createCallers } from '../support/callers.js';
import { startTestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';
import { createMachine } from '../support/machine.js';
import { statementsOf } from '../support/statement-counter.js';

const QUERY = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Organization { id issuer }
    ... on OAuthConnection { id name clientId }
    ... on AccessKeyConnection { id name }
  }
}`;

type Representation = Readonly<Record<string, unknown>>;

function ask(representations: readonly unknown[], query = QUERY) {
  return { query, variables: { representations } };
}

function entitiesOf(data: unknown): readonly (Representation | null)[] {
  return (data as { _entities: readonly (Representation | null)[] })._entities;
}

test.each(CALLERS)('each entity is answered as its own fields are: %s', async (caller) => {
  await using gateway = await startTestGateway();
  const { headers, oauth, accessKey } = await createCallers(gateway);
  const answer = await requestGraphql(gateway.url, {
    headers: headers[caller],
    body: ask([
      { __typename: 'OAuthConnection', id: oauth.connectionId },
      { __typename: 'Organization', id: 'default' },
      { __typename: 'AccessKeyConnection', id: accessKey.connectionId },
    ]),
  });

  if (caller === 'anonymous') {
    expect(answer.errors).toMatchObject(
      [0, 1, 2].map((index) => ({ path: ['_entities', index], extensions: { code: 'UNAUTHENTICATED' } })),
    );
    expect(answer.data).toEqual({ _entities: [null, null, null] });
    return;
  }
  const organization = { __typename: 'Organization', id: 'default', issuer: 'LOCAL' };
  const machine = caller.startsWith('MACHINE');
  expect(entitiesOf(answer.data)).toEqual([
    machine ? null : expect.objectContaining({ __typename: 'OAuthConnection', clientId: oauth.clientId }),
    organization,
    machine ? null : expect.objectContaining({ __typename: 'AccessKeyConnection', id: accessKey.connectionId }),
  ]);
  expect(answer.errors.map(({ path, extensions }) => [path?.[1], extensions.code])).toEqual(
    machine
      ? [
          [0, 'FORBIDDEN'],
          [2, 'FORBIDDEN'],
        ]
      : [],
  );
});

test.each<Caller>(['anonymous', 'MACHINE by access token', 'MACHINE by access key'])(
  'what a caller may not see is refused before anything of it is fetched: %s',
  async (caller) => {
    await using gateway = await startTestGateway();
    const { headers, oauth, accessKey } = await createCallers(gateway);
    const connections = [
      { __typename: 'OAuthConnection', id: oauth.connectionId },
      { __typename: 'AccessKeyConnection', id: accessKey.connectionId },
    ];
    const fetch = /from "connections" left join "connection_secrets" .* where "organization_id"/;
    const statementsFor = (by: Caller) =>
      statementsOf(() => requestGraphql(gateway.url, { headers: headers[by], body: ask(connections) }));

    expect((await statementsFor(caller)).filter((text) => fetch.test(text))).toEqual([]);
    // The same look-up is seen where it is allowed: the check above can fail.
    expect((await statementsFor('ADMIN')).filter((text) => fetch.test(text))).toHaveLength(1);
  },
);

test('a hundred representations are one look-up', async () => {
  await using gateway = await startTestGateway();
  const superAdmin = gateway.client();
  const made: string[] = [];
  for (let count = 0; count < 15; count++) made.push((await createMachine(superAdmin)).connectionId);
  const representations = Array.from({ length: 100 }, (_, index) => ({
    __typename: 'OAuthConnection',
    id: made[index] ?? `con_absent_${index}`,
  }));
  let answer = await requestGraphql(gateway.url, { body: '' });
  const statements = await statementsOf(async () => {
    answer = await requestGraphql(gateway.url, {
      headers: { authorization: `Bearer ${gateway.bearer('ADMIN')}` },
      body: ask(representations),
    });
  });

  expect(entitiesOf(answer.data).map((entity) => entity?.id)).toEqual(representations.map((_, index) => made[index]));
  expect(statements.filter((text) => /from "connections"/.test(text))).toHaveLength(1);
  expect(statements.filter((text) => /"connection_secrets"/.test(text))).toHaveLength(1);
});

test('hundreds of representations are each answered in their own place, equal ones too', async () => {
  await using gateway = await startTestGateway();
  const { headers, oauth, accessKey } = await createCallers(gateway);
  const names = [oauth.connectionId, accessKey.connectionId];
  const representations = Array.from({ length: 300 }, (_, index) => ({
    __typename: index % 2 === 0 ? 'OAuthConnection' : 'AccessKeyConnection',
    id: names[index % 2],
  }));
  const answer = await requestGraphql(gateway.url, { headers: headers.ADMIN, body: ask(representations) });

  expect(answer.errors).toEqual([]);
  expect(entitiesOf(answer.data).map((entity) => entity?.id)).toEqual(representations.map(({ id }) => id));
});

test('equal representations are resolved once', async () => {
  const typeDefs = parse(
    `${FEDERATION_LINK} type Query { x: ID @authenticated } type Thing @key(fields: "id") @authenticated { id: ID name: String }`,
  );
  const resolved: unknown[] = [];
  const __resolveReference = (reference: Representation) => {
    resolved.push(reference.id);
    return reference;
  };
  const schema = enforceAuthorization(
    buildSubgraphSchema([{ typeDefs, resolvers: { Thing: { __resolveReference } } }]),
  );
  const of = ['a', 'b', 'a', 'a', 'b'].map((id) => ({ __typename: 'Thing', id }));
  const source = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Thing { id } } }';
  const contextValue = { principal: userOf('ADMIN', 'tester', 'default') };
  const { data } = await graphql({ schema, source, contextValue, variableValues: { of } });

  expect(entitiesOf(data).map((entity) => entity?.id)).toEqual(['a', 'b', 'a', 'a', 'b']);
  expect(resolved).toEqual(['a', 'b']);
});

test.each<[what: string, fields: string, isFetched: boolean]>([
  ['the key and another field', 'id: ID! name: String @requiresScopes(scopes: [["m2m:read"]])', true],
  ['no field beside the key', 'id: ID! secret: String @requiresScopes(scopes: [["m2m:admin"]])', false],
  ['no key', 'id: ID! @requiresScopes(scopes: [["m2m:admin"]]) name: String', false],
  ['no key, which is the only field', 'id: ID! @requiresScopes(scopes: [["m2m:admin"]])', false],
  ['the key, which is the only field', 'id: ID!', false],
])(
  'of an entity of which a caller may read %s it is fetched only where there is something to read',
  async (_what, fields, isFetched) => {
    const typeDefs = parse(
      `${FEDERATION_LINK} type Query { one: ID @authenticated } type Thing @key(fields: "id") @authenticated { ${fields} }`,
    );
    const resolved: unknown[] = [];
    const __resolveReference = (reference: Representation) => resolved.push(reference.id) && reference;
    const schema = enforceAuthorization(
      buildSubgraphSchema([{ typeDefs, resolvers: { Thing: { __resolveReference } } }]),
    );
    const source = 'query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }';
    const contextValue = { principal: userOf('ADMIN', 'tester', 'default') };
    const variableValues = { of: [{ __typename: 'Thing', id: 'a' }] };
    const { data } = await graphql({ schema, source, contextValue, variableValues });

    expect(resolved).toEqual(isFetched ? ['a'] : []);
    expect(entitiesOf(data)).toEqual([isFetched ? { __typename: 'Thing' } : null]);
  },
);

test('allowed, refused and absent representations keep their order', async () => {
  await using gateway = await startTestGateway();
  const { headers, oauth } = await createCallers(gateway);
  const organization = { __typename: 'Organization', id: 'default' };
  const refused = { __typename: 'OAuthConnection', id: oauth.connectionId };
  const wrong = { __typename: 'Viewer', id: 'x' };
  const absent = { __typename: 'Organization', id: 'other' };
  const representations = [refused, organization, wrong, absent, refused, organization, wrong, organization];
  const answer = await requestGraphql(gateway.url, {
    headers: headers['MACHINE by access token'],
    body: ask(representations),
  });

  expect(entitiesOf(answer.data).map((entity) => entity?.id ?? null)).toEqual(
    representations.map((one) => (one === organization ? 'default' : null)),
  );
  expect(answer.errors.map(({ path, extensions }) => [path?.[1], extensions.code])).toEqual([
    [0, 'FORBIDDEN'],
    [2, 'BAD_USER_INPUT'],
    [4, 'FORBIDDEN'],
    [6, 'BAD_USER_INPUT'],
  ]);
});

test("an organisation's connections are refused to a machine through a reference too", async () => {
  await using gateway = await startTestGateway();
  const { headers } = await createCallers(gateway);
  const query =
    'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Organization { connections { id } } } }';
  const answer = await requestGraphql(gateway.url, {
    headers: headers['MACHINE by access token'],
    body: { query, variables: { of: [{ __typename: 'Organization', id: 'default' }] } },
  });

  expect(answer.data).toEqual({ _entities: [{ connections: null }] });
  expect(answer.errors).toMatchObject([{ path: ['_entities', 0, 'connections'], extensions: { code: 'FORBIDDEN' } }]);
});
