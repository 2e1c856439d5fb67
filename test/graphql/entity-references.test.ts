import { expect, test } from 'vitest';
import { CALLERS, createCallers } from '../support/callers.js';
import { startTestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';

/** How routers refer to things of ours: `_entities` takes whatever JSON anybody sends. */
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

test.each(CALLERS)('a representation that is no entity is refused and nothing of it comes back: %s', async (caller) => {
  await using gateway = await startTestGateway();
  const { headers } = await createCallers(gateway);
  const madeUp = {
    id: 'made-up-1',
    name: 'made-up-2',
    secret: 'made-up-3',
    scopes: ['made-up-4'],
    actor: 'made-up-5',
  };
  const names = [
    'AuditEvent',
    'ConnectionSecret',
    'Query',
    'Mutation',
    'Viewer',
    'AccessToken',
    'SecretCreated',
    'Connection',
    'CreateConnectionResult',
    'CreateConnectionInput',
    'Role',
    'String',
    '_Service',
    '__Schema',
    '__proto__',
    'constructor',
    'Unknown',
    '',
  ];
  const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }`;
  const representations = [
    ...names.map((__typename) => ({ __typename, ...madeUp })),
    madeUp,
    { ...madeUp, __typename: 7 },
    { ...madeUp, __typename: { toString: 'made-up-6' } },
    ['made-up-7'],
    'made-up-8',
    9,
  ];
  for (const representation of representations) {
    const answer = await requestGraphql(gateway.url, {
      headers: headers[caller],
      body: ask([representation], query),
    });
    expect(codesOf(answer), JSON.stringify(representation)).toEqual([
      caller === 'anonymous' ? 'UNAUTHENTICATED' : 'BAD_USER_INPUT',
    ]);
    expect(answer.text).not.toContain('made-up');
    expect(answer.text).not.toMatch(/__typename":"/);
  }
});

test('a foreign entity and an absent one are null alike, whatever else their representation claims', async () => {
  await using gateway = await startTestGateway();
  const foreign = await createCallers(gateway, 'other');
  const { headers, oauth, accessKey } = await createCallers(gateway);
  const claims = { name: 'claimed', clientId: 'claimed', issuer: 'UPSTREAM', organizationId: 'other', secrets: [] };
  const representations = [
    { __typename: 'OAuthConnection', id: foreign.oauth.connectionId, ...claims },
    { __typename: 'AccessKeyConnection', id: foreign.accessKey.connectionId, ...claims },
    { __typename: 'Organization', id: 'other', ...claims },
    { __typename: 'OAuthConnection', id: 'con_absent', ...claims },
    { __typename: 'AccessKeyConnection', id: 'con_absent', ...claims },
    { __typename: 'Organization', id: 'absent', ...claims },
    // Its own, by the wrong type, by no id and by ids that are not texts.
    { __typename: 'OAuthConnection', id: accessKey.connectionId },
    { __typename: 'AccessKeyConnection', id: oauth.connectionId },
    { __typename: 'OAuthConnection', clientId: oauth.clientId },
    { __typename: 'OAuthConnection', id: [oauth.connectionId, 'con_absent'] },
    { __typename: 'OAuthConnection', id: null },
    { __typename: 'OAuthConnection', id: [oauth.connectionId] },
    { __typename: 'AccessKeyConnection', id: { toString: accessKey.connectionId } },
    { __typename: 'Organization', id: { toString: 'default' } },
  ];
  const answer = await requestGraphql(gateway.url, { headers: headers.SUPER_ADMIN, body: ask(representations) });

  expect(answer.errors).toEqual([]);
  expect(entitiesOf(answer.data)).toEqual(representations.map(() => null));
});

test('what a representation claims of an own entity is not believed', async () => {
  await using gateway = await startTestGateway();
  const { headers, oauth } = await createCallers(gateway);
  const claims = { name: 'claimed', clientId: 'claimed', status: 'DISABLED' };
  const answer = await requestGraphql(gateway.url, {
    headers: headers.ADMIN,
    body: ask([{ __typename: 'OAuthConnection', id: oauth.connectionId, ...claims }]),
  });

  expect(answer.errors).toEqual([]);
  expect(entitiesOf(answer.data)).toMatchObject([{ clientId: oauth.clientId }]);
  expect(answer.text).not.toContain('claimed');
});
