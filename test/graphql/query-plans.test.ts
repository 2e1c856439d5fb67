import { OperationTypeNode, print } from 'graphql';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Client } from '../../src/domain/connections/connection.js';
import { LimitService } from '../../src/domain/limits/limit.service.js';
import { machineOf, type Principal, userOf } from '../../src/domain/principal.js';
import { MemoryCallCounter } from '../../src/stores/memory/call-counter.memory.js';
import { Loaders } from '../../src/transports/graphql/context.js';
import { buildServedSchema } from '../../src/transports/graphql/schema.js';
import { executeBoth } from '../support/both-executions.js';
import { documentOf, readOperations } from '../support/documented-operations.js';
import { limitsOf } from '../support/limits.js';
import { createConnection, openServices, SUPER_ADMIN, type TestServices } from '../support/services.js';

/** What else is promised of plans: test/unit/transports/query-plans.test.ts; that answers are the same: test/property. */

let services: TestServices;
let client: Client;
let variables: Record<string, unknown>;
beforeAll(async () => {
  services = await openServices();
  client = (await createConnection(services, 'OAUTH', SUPER_ADMIN)).connection;
  await createConnection(services, 'ACCESS_KEY', SUPER_ADMIN);
  const { accessToken } = await services.tokens.issue(client);
  const token = accessToken.reveal();
  variables = { id: client.id, token, tokens: [token, 'unknown'] };
});
afterAll(() => services[Symbol.asyncDispose]());

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Connection { name createdAt } ... on Organization { id } }
}`;

async function executeAs(principal: Principal | undefined, text: string, given = variables, asked = services) {
  const counter = new MemoryCallCounter(asked.clock);
  const limits = new LimitService({ counter, alone: counter, limits: limitsOf() });
  const contextValue = { requestId: 'request', principal, loaders: new Loaders(principal, asked) };
  return executeBoth(await buildServedSchema({ ...asked, limits }), text, { contextValue, variables: given });
}

const QUERIES = readOperations().filter(({ kind }) => kind === OperationTypeNode.QUERY);

test.each(QUERIES.map(({ name }) => name))(
  'the documented query %s has a plan, which answers as graphql-js does',
  async (name) => {
    const { planned, plain, errors } = await executeAs(SUPER_ADMIN, print(documentOf(name)));
    expect(errors).toBeUndefined();
    expect(planned).toBe(plain);
  },
);

test('so has what a router asks of entities', async () => {
  const representations = [
    { __typename: 'OAuthConnection', id: variables.id },
    { __typename: 'Organization', id: 'default' },
    { __typename: 'AccessKeyConnection', id: 'con_absent' },
  ];
  const { planned, plain, errors } = await executeAs(SUPER_ADMIN, ENTITIES, { representations });
  expect(errors).toBeUndefined();
  expect(planned).toBe(plain);
});

test('a plan shows a machine only what it may see of what it may ask for', async () => {
  const machine = machineOf(client, 'access token');
  const ask = (selection: string) =>
    executeAs(machine, `query ($token: String!) { introspectToken(token: $token) { ${selection} } }`);
  const allowed = await ask('active clientId');
  expect(allowed.planned).toBe(allowed.plain);
  expect(allowed.plain).toContain(client.clientId);

  const refused = await ask('active connection { id }');
  expect(refused.planned).toBeUndefined();
  expect(refused.errors).toMatchObject([{ path: ['introspectToken', 'connection'] }]);
});

test.each<[who: string, principal: Principal | undefined, text: string]>([
  ['nobody', undefined, '{ connections { name } }'],
  [
    'a foreign super admin',
    userOf('SUPER_ADMIN', 'tester', 'other'),
    'query ($id: ID!) { connection(id: $id) { name } }',
  ],
])('a plan shows %s nothing of a connection', async (_who, principal, text) => {
  const { planned, plain } = await executeAs(principal, text);
  expect([undefined, '{"connection":null}']).toContain(planned);
  expect(plain).not.toContain('name');
});

const WITH_REFUSAL = `query ($representations: [_Any!]!) {
  auditEvents(first: 3) { edges { cursor } }
  rateLimit { policies { name } }
  viewer { organization { limits { name } } }
  connections { ... on OAuthConnection { tokens { edges { cursor } } } }
  _entities(representations: $representations) { ... on Connection { name } }
}`;

test('what a plan that failed has read is not read again', async () => {
  const reads = [
    vi.spyOn(services.audit, 'list'),
    vi.spyOn(services.tokens, 'listLive'),
    vi.spyOn(LimitService.prototype, 'readCalls'),
  ];
  const { planned, plain, errors } = await executeAs(SUPER_ADMIN, WITH_REFUSAL, {
    representations: [{ __typename: 'Nothing' }],
  });
  expect([planned, errors?.length]).toEqual([undefined, 1]);
  expect(plain).toContain('"_entities":[null]');
  for (const read of reads) expect(read).toHaveBeenCalledTimes(1);
  vi.restoreAllMocks();
});

test('a plan of refused entities beside ones that no database gives ends nothing but itself', async () => {
  await using own = await openServices();
  await own.database.close();
  const representations = [{ __typename: 'Nothing' }, { __typename: 'OAuthConnection', id: 'con_x' }];

  const { planned, errors } = await executeAs(SUPER_ADMIN, ENTITIES, { representations }, own);
  expect([planned, errors?.length]).toEqual([undefined, 2]);
});
