import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { AuditEventsDocument, ConnectionsDocument, ConnectionTokensDocument } from '../generated/graphql.js';
import { CALLERS, type Caller, type CallerSet, createCallers } from '../support/callers.js';
import { rootFieldsOf, SHAPES } from '../support/field-documents.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';

/** Who is answered, by the field's name; everybody else who is known is FORBIDDEN. Written from the contract. */
const EVERYBODY_KNOWN: readonly Caller[] = ['ADMIN', 'SUPER_ADMIN', 'MACHINE by access token', 'MACHINE by access key'];
const ADMINS: readonly Caller[] = ['ADMIN', 'SUPER_ADMIN'];
const SUPER_ADMINS: readonly Caller[] = ['SUPER_ADMIN'];
const ANSWERED: Readonly<Record<string, readonly Caller[]>> = {
  viewer: EVERYBODY_KNOWN,
  organization: EVERYBODY_KNOWN,
  rateLimit: EVERYBODY_KNOWN,
  introspectToken: EVERYBODY_KNOWN,
  introspectTokens: EVERYBODY_KNOWN,
  connections: ADMINS,
  connection: ADMINS,
  auditEvents: ADMINS,
  createConnection: SUPER_ADMINS,
  renameConnection: SUPER_ADMINS,
  disableConnection: SUPER_ADMINS,
  enableConnection: SUPER_ADMINS,
  deleteConnection: SUPER_ADMINS,
  regenerateSecret: SUPER_ADMINS,
  resetAfterLeak: SUPER_ADMINS,
  issueToken: SUPER_ADMINS,
  revokeToken: SUPER_ADMINS,
  revokeListedToken: SUPER_ADMINS,
  revokeTokens: SUPER_ADMINS,
  setAllowedCidrs: SUPER_ADMINS,
  replaceUpstreamCredential: SUPER_ADMINS,
};

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
});

function expectedOutcome(name: string, caller: Caller): string {
  if (caller === 'anonymous') return 'UNAUTHENTICATED';
  return ANSWERED[name]?.includes(caller) ? 'answered' : 'FORBIDDEN';
}

test('every field of Query and Mutation is in the table', () => {
  expect(
    rootFieldsOf(schema)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(ANSWERED).sort());
});

describe('in whatever shape a field is asked for, those and only those are answered whom its rule names', () => {
  test.each(Object.entries(SHAPES))('%s', async (_shape, shape) => {
    await using gateway = await startTestGateway();
    const { headers } = await createCallers(gateway);
    const cases = rootFieldsOf(schema).flatMap((field) => CALLERS.map((caller) => ({ field, caller })));

    const outcomes = await Promise.all(
      cases.map(async ({ field, caller }) => {
        const answer = await requestGraphql(gateway.url, { headers: headers[caller], body: shape(field) });
        const outcome = answer.errors.length === 0 ? 'answered' : codesOf(answer).join();
        // What is refused is not answered in part either: not a single value comes with a refusal.
        const given = Object.entries((answer.data ?? {}) as object).filter(([key]) => key !== '__typename');
        const leaked = outcome !== 'answered' && given.some(([, value]) => value !== null);
        return `${field.name} by ${caller}: ${outcome}${leaked ? ' but with data' : ''}`;
      }),
    );

    expect(outcomes).toEqual(
      cases.map(({ field, caller }) => `${field.name} by ${caller}: ${expectedOutcome(field.name, caller)}`),
    );
  });
});

test('a field that @skip leaves out is neither refused nor resolved', async () => {
  await using gateway = await startTestGateway();
  const { headers } = await createCallers(gateway);
  const query = 'mutation ($skip: Boolean!) { deleteConnection(id: "con") @skip(if: $skip) { __typename } }';

  for (const caller of CALLERS) {
    const answer = await requestGraphql(gateway.url, {
      headers: headers[caller],
      body: { query, variables: { skip: true } },
    });
    expect(JSON.parse(answer.text)).toEqual({ data: {} });
  }
});

/** Everything of an organisation that a mutation could change, but for when its callers were last seen. */
async function stateOf(gateway: TestGateway, callers: CallerSet, victimId: string) {
  const superAdmin = gateway.client(callers.headers.SUPER_ADMIN);
  const { connections } = await superAdmin.run(ConnectionsDocument, {});
  const { auditEvents } = await superAdmin.run(AuditEventsDocument, { first: 100 });
  const { connection } = await superAdmin.run(ConnectionTokensDocument, { id: victimId });
  const withoutUse = connections.map(({ lastUsedAt: _, secrets, ...rest }) => ({
    ...rest,
    secrets: secrets.map(({ lastUsedAt: __, ...secret }) => secret),
  }));
  return { connections: withoutUse, tokens: connection, audit: auditEvents.edges.length };
}

test('every mutation is refused to anonymous, admin and machine callers, and nothing has changed after', async () => {
  await using gateway = await startTestGateway();
  const callers = await createCallers(gateway);
  const victim = await createMachine(gateway.client(callers.headers.SUPER_ADMIN));
  const token = await requestToken(gateway.url, victim);
  const input = { name: 'made by nobody', authenticationType: 'OAUTH' };
  const mutations = rootFieldsOf(schema, {
    id: victim.connectionId,
    connectionId: victim.connectionId,
    token,
    name: 'renamed by nobody',
    graceSeconds: 0,
    cidrs: ['10.0.0.0/8'],
    input,
  }).filter(({ operation }) => operation === 'mutation');
  const before = await stateOf(gateway, callers, victim.connectionId);

  for (const field of mutations) {
    for (const caller of CALLERS.filter((one) => one !== 'SUPER_ADMIN')) {
      for (const shape of Object.values(SHAPES)) {
        const answer = await requestGraphql(gateway.url, { headers: callers.headers[caller], body: shape(field) });
        expect(codesOf(answer), `${field.name} by ${caller}`).toEqual([expectedOutcome(field.name, caller)]);
      }
    }
  }

  expect(mutations.length).toBeGreaterThanOrEqual(10);
  expect(await stateOf(gateway, callers, victim.connectionId)).toEqual(before);
  expect(before.audit).toBeGreaterThan(0);
  expect(await isActive(gateway.url, victim, token)).toBe(true);
});

describe('a nested field that is refused is an error in its place, and the rest of the answer is there', () => {
  test.each(CALLERS.filter((caller) => caller.startsWith('MACHINE')))(
    "a token's connection to a %s",
    async (caller) => {
      await using gateway = await startTestGateway();
      const { headers, token, oauth } = await createCallers(gateway);
      const query =
        'query ($token: String!) { introspectToken(token: $token) { active clientId connection { name } } }';
      const answer = await requestGraphql(gateway.url, {
        headers: headers[caller],
        body: { query, variables: { token } },
      });

      expect(answer.status).toBe(200);
      expect(answer.data).toEqual({ introspectToken: { active: true, clientId: oauth.clientId, connection: null } });
      expect(answer.errors).toMatchObject([
        { path: ['introspectToken', 'connection'], extensions: { code: 'FORBIDDEN' } },
      ]);
    },
  );

  test.each(CALLERS.filter((caller) => caller.startsWith('MACHINE')))(
    "an organisation's connections to a %s, by whichever way it is reached",
    async (caller) => {
      await using gateway = await startTestGateway();
      const { headers, oauth } = await createCallers(gateway);
      for (const [way, query] of [
        ['organization', '{ organization { id connections { id } } }'],
        ['viewer.organization', '{ viewer { id organization { connections { id } } } }'],
      ] as const) {
        const answer = await requestGraphql(gateway.url, { headers: headers[caller], body: { query } });
        expect(answer.errors).toMatchObject([
          { path: [...way.split('.'), 'connections'], extensions: { code: 'FORBIDDEN' } },
        ]);
        expect(answer.text).not.toContain(oauth.connectionId);
      }
    },
  );
});
