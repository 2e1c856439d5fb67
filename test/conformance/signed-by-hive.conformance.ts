import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { Secret } from '../../src/lib/secrets.js';
import { buildSdl } from '../../src/transports/graphql/schema.js';
import { CreateConnectionDocument } from '../generated/graphql.js';
import { createCallers } from '../support/callers.js';
import { reportConformance } from '../support/conformance-report.js';
import { startTestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { answersOf, askEverything, countSame } from './answer-matrix.js';
import { startRouter } from './router.process.js';
import { composeServed } from './served-supergraph.js';

const SECRET = 'a secret of the router and of us';

/** What the test itself asks, without a router. */
const OF_TEST = ['{ _service { sdl } }', CreateConnectionDocument.toString()];

/** A gateway that runs no other document but those that a router signs, and such a router. */
async function startSigned(secretOfRouter: string) {
  await using starting = new AsyncDisposableStack();
  const trustedDocuments = {
    mode: 'enforce',
    documents: new Map(OF_TEST.map((text) => [text, text])),
    routerSecrets: [new Secret(SECRET)],
  } as const;
  const gateway = starting.use(await startTestGateway({ config: { trustedDocuments } }));
  const supergraph = await composeServed({ latchkey: `${gateway.url}/graphql` });
  const router = starting.use(await startRouter('hive-gateway.mjs', supergraph, '--sign-with', secretOfRouter));
  const disposal = starting.move();
  return { gateway, url: new URL(router.url).origin, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

test('what Hive Gateway signs runs where nothing else does, for every caller and in every shape', async ({
  annotate,
}) => {
  const schema = buildSubgraphSchema([{ typeDefs: parse(await buildSdl()) }]);
  await using alone = await startTestGateway();
  const expected = answersOf(await askEverything(schema, alone.url, await createCallers(alone)));
  await using router = await startSigned(SECRET);
  const behind = answersOf(await askEverything(schema, router.url, await createCallers(router.gateway)));

  await reportConformance(annotate, '@graphql-mesh/hmac-upstream-signature', countSame(expected, behind));
  expect(behind).toEqual(expected);
});

test('what it signs with another secret is refused, and so is what comes without it', async () => {
  await using router = await startSigned('another secret of 32 characters.');
  const request = {
    headers: { authorization: `Bearer ${router.gateway.bearer()}` },
    body: { query: '{ viewer { id } }' },
  };

  expect((await requestGraphql(router.url, request)).data).toEqual({ viewer: null });
  expect(codesOf(await requestGraphql(router.gateway.url, request))).toEqual(['BAD_USER_INPUT']);
});
