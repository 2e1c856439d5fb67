import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import { type GraphQLSchema, getNamedType, isLeafType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { CALLERS, type Caller, type CallerSet, createCallers } from '../support/callers.js';
import { reportConformance } from '../support/conformance-report.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, type RawAnswer, requestGraphql } from '../support/graphql-http.js';
import { startRouter } from './router.process.js';
import { composeServed } from './served-supergraph.js';
import { serveSubgraph } from './subgraph.server.js';

const HIVE = '@graphql-hive/gateway-runtime';
const ENTITIES = ['OAuthConnection', 'AccessKeyConnection', 'Organization'] as const;
type Entity = (typeof ENTITIES)[number];

/** Another team's subgraph, which refers to each entity of ours and asks nobody who is calling. */
function buildTeams(ids: Readonly<Record<Entity, string>>): GraphQLSchema {
  const fields = ENTITIES.map((name) => `${name}: ${name}`).join(' ');
  const stubs = ENTITIES.map((name) => `type ${name} @key(fields: "id", resolvable: false) { id: ID! }`).join('\n');
  const typeDefs = parse(`
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
    type Query { team: Team }
    type Team { ${fields} }
    ${stubs}`);
  const team = Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, { id }]));
  const resolvers: GraphQLResolverMap<unknown> = { Query: { team: () => team } };
  return buildSubgraphSchema([{ typeDefs, resolvers }]);
}

interface Asked {
  readonly entity: Entity;
  /** The field with what it takes and what is asked of it. */
  readonly selection: string;
  readonly field: string;
  readonly caller: Caller;
}

function everyFieldOfEntities(schema: GraphQLSchema): Asked[] {
  return ENTITIES.flatMap((entity) => {
    const type = schema.getType(entity);
    const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
    return fields.flatMap(({ name, type: fieldType }) => {
      const selection = isLeafType(getNamedType(fieldType)) ? name : `${name} { __typename }`;
      return CALLERS.map((caller) => ({ entity, field: name, selection, caller }));
    });
  });
}

const servers = new AsyncDisposableStack();
let asked: readonly Asked[];
let latchkey: TestGateway;
let callers: CallerSet;
let ids: Readonly<Record<Entity, string>>;
let supergraph: string;
beforeAll(async () => {
  asked = everyFieldOfEntities(buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]));
  latchkey = servers.use(await startTestGateway());
  callers = await createCallers(latchkey);
  const { oauth, accessKey } = callers;
  ids = {
    OAuthConnection: oauth.connectionId,
    AccessKeyConnection: accessKey.connectionId,
    Organization: 'default',
  };
  const teams = servers.use(await serveSubgraph(buildTeams(ids)));
  supergraph = await composeServed({ latchkey: `${latchkey.url}/graphql`, teams: teams.url });
});
afterAll(() => servers.disposeAsync());

/** How each field was answered; where it was refused, whether its value is there all the same. */
type Outcomes = Readonly<Record<string, string>>;

const keyOf = ({ entity, field, caller }: Asked) => `${entity}.${field} by ${caller}`;

async function outcomesOf(ask: (one: Asked) => Promise<RawAnswer>): Promise<Outcomes> {
  const outcomes = asked.map(async (one) => {
    const answer = await ask(one);
    const told = answer.errors.length === 0 ? 'answered' : codesOf(answer).join();
    const shows = new RegExp(`"${one.field}":(?!null)`).test(JSON.stringify(answer.data));
    return [keyOf(one), told !== 'answered' && shows ? `${told} but shown` : told];
  });
  return Object.fromEntries(await Promise.all(outcomes));
}

const askAlone = ({ entity, selection, caller }: Asked) =>
  requestGraphql(latchkey.url, {
    headers: callers.headers[caller],
    body: {
      query: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${entity} { ${selection} } } }`,
      variables: { of: [{ __typename: entity, id: ids[entity] }] },
    },
  });

async function outcomesBehindHive(...args: readonly string[]): Promise<Outcomes> {
  await using router = await startRouter('hive-gateway.mjs', supergraph, ...args);
  const { origin } = new URL(router.url);
  return await outcomesOf(({ entity, selection, caller }) =>
    requestGraphql(origin, {
      headers: callers.headers[caller],
      body: { query: `{ team { ${entity} { ${selection} } } }` },
    }),
  );
}

/** What is expected of each answer by what it is alone. */
function expectedOf(alone: Outcomes, change: (outcome: string, one: Asked) => string): Outcomes {
  return Object.fromEntries(asked.map((one) => [keyOf(one), change(alone[keyOf(one)] ?? '', one)]));
}

function countSame(expected: Outcomes, actual: Outcomes) {
  const keys = Object.keys(expected);
  return { passed: keys.filter((key) => expected[key] === actual[key]).length, of: keys.length };
}

test('behind Hive Gateway another subgraph’s reference opens no field of an entity but the id that it is made of', async ({
  annotate,
}) => {
  const alone = await outcomesOf(askAlone);
  // The other subgraph has the id, so that nobody asks us for it.
  const expected = expectedOf(alone, (outcome, { field }) => (field === 'id' ? 'answered' : outcome));
  const behind = await outcomesBehindHive();
  await reportConformance(annotate, HIVE, countSame(expected, behind));

  expect(new Set(Object.values(alone))).toEqual(new Set(['answered', 'FORBIDDEN', 'UNAUTHENTICATED']));
  expect(behind).toEqual(expected);
});

test('where Hive Gateway enforces the rules too, it refuses the same, and the id to whom nobody knows', async ({
  annotate,
}) => {
  const alone = await outcomesOf(askAlone);
  const expected = expectedOf(alone, (outcome, { field, caller }) => {
    const isOpen = field === 'id' ? caller !== 'anonymous' : outcome === 'answered';
    return isOpen ? 'answered' : 'UNAUTHORIZED_FIELD_OR_TYPE';
  });
  const behind = await outcomesBehindHive('--enforce-as', `${latchkey.url}/graphql`);
  await reportConformance(annotate, HIVE, countSame(expected, behind));

  expect(behind).toEqual(expected);
});
