import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, getNullableType, isListType, parse } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { type Caller, createCallers } from '../support/callers.js';
import { reportConformance } from '../support/conformance-report.js';
import { startTestGateway } from '../support/gateway.js';
import { type Answer, answersOf, askEverything, countSame, type MatrixCase } from './answer-matrix.js';
import { startRouter } from './router.process.js';
import { composeServed } from './served-supergraph.js';

const HIVE = '@graphql-hive/gateway-runtime';

let schema: GraphQLSchema;
let alone: readonly MatrixCase[];
beforeAll(async () => {
  schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
  await using gateway = await startTestGateway();
  alone = await askEverything(schema, gateway.url, await createCallers(gateway));
});

/** The same questions to a gateway of its own by way of Hive Gateway. */
async function askBehindHive({ enforces }: { readonly enforces: boolean }): Promise<MatrixCase[]> {
  await using gateway = await startTestGateway();
  const callers = await createCallers(gateway);
  const latchkey = `${gateway.url}/graphql`;
  const supergraph = await composeServed({ latchkey });
  await using router = await startRouter(
    'hive-gateway.mjs',
    supergraph,
    ...(enforces ? ['--enforce-as', latchkey] : []),
  );
  return await askEverything(schema, new URL(router.url).origin, callers);
}

const BOTH = ['FORBIDDEN', 'answered'];

test.each<[caller: Caller, outcomes: readonly string[]]>([
  ['anonymous', ['UNAUTHENTICATED']],
  ['ADMIN', BOTH],
  ['SUPER_ADMIN', ['answered']],
  ['MACHINE by access token', BOTH],
  ['MACHINE by access key', BOTH],
])('without a router the matrix has all outcomes that there are for %s', (caller, outcomes) => {
  const ofCaller = alone.filter((one) => one.caller === caller);
  const seen = ofCaller.map(({ answer }) => answer.errors[0]?.code ?? 'answered');
  expect([...new Set(seen)].sort()).toEqual(outcomes);
});

test('behind Hive Gateway every caller is answered and refused as without it, to the status and the path', async ({
  annotate,
}) => {
  const behind = answersOf(await askBehindHive({ enforces: false }));
  await reportConformance(annotate, HIVE, countSame(answersOf(alone), behind));
  expect(behind).toEqual(answersOf(alone));
});

/** How Hive Gateway tells a refusal of its own, where it is not as we do. */
const TOLD_BY_HIVE: readonly ((answer: Answer, one: MatrixCase) => Answer)[] = [
  // It has one code for whom it does not know and who lacks a scope, and gives it a status of its own.
  (answer) => ({
    ...answer,
    status: 401,
    errors: answer.errors.map(({ path }) => ({ path, code: 'UNAUTHORIZED_FIELD_OR_TYPE' })),
  }),
  // It takes the place of "each of a list" for a key of the answer.
  (answer, { field: { operation, name } }) => {
    const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType();
    if (!isListType(getNullableType(root?.getFields()[name]?.type))) return answer;
    const { __typename, ...refused } = answer.data ?? {};
    return {
      ...answer,
      data: { ...(__typename === undefined ? {} : { __typename }), '@': refused },
      errors: answer.errors.map(({ path, code }) => ({ path: ['@', ...path], code })),
    };
  },
];

test('where Hive Gateway enforces the rules of the supergraph too, the same are refused, in its own words', async ({
  annotate,
}) => {
  const told = alone.map((one) => {
    if (one.answer.errors.length === 0) return one;
    return { ...one, answer: TOLD_BY_HIVE.reduce((answer, tell) => tell(answer, one), one.answer) };
  });
  const behind = answersOf(await askBehindHive({ enforces: true }));
  await reportConformance(annotate, HIVE, countSame(answersOf(told), behind));
  expect(behind).toEqual(answersOf(told));
});
