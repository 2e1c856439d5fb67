import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import type { DocumentTrust } from '../../../src/transports/graphql/trusted-documents.js';
import { startTestGateway } from '../../support/gateway.js';
import { createRandom, EXPLORE_FACTOR, type Random } from '../../support/seeded-random.js';
import { Campaign } from './campaign.js';
import { DocumentWriter } from './documents.js';
import { frame } from './framing.js';
import { graphqlRequest } from './graphql-requests.js';
import type { Draft } from './input.js';
import { KEEPERS_DOCUMENTS } from './keepers-documents.js';
import { LIMITS } from './limits.js';
import { signOut } from './page-requests.js';
import { placeholderWorld } from './placeholder-world.js';
import { mutateRequest } from './request-mutations.js';
import { subscriptionRequest } from './subscription-requests.js';
import { oneIn, type World } from './world.js';

/** As it is served, federation's fields included. */
let schema: GraphQLSchema;
beforeAll(async () => {
  await using gateway = await startTestGateway();
  const { data } = await gateway.client().send<IntrospectionQuery>(getIntrospectionQuery());
  schema = buildClientSchema(data as IntrospectionQuery);
});

function changed(draft: Draft, random: Random, world: World): Draft {
  return { ...mutateRequest(draft, random, world), kind: 'changed request' };
}

/** Documents that a frontend has registered: written as all others are, once for all batches. */
function registered(): ReadonlyMap<string, string> {
  const random = createRandom(1);
  const writer = () => new DocumentWriter(schema, random, placeholderWorld);
  const texts = Array.from({ length: 300 }, (_, index) =>
    index % 4 === 0 ? writer().writeSubscription().text : writer().write().text,
  );
  return new Map(
    [...texts, ...KEEPERS_DOCUMENTS].map((text) => [createHash('sha256').update(text).digest('hex'), text]),
  );
}

const TRUST: Readonly<Record<'off' | 'enforce', () => DocumentTrust>> = {
  off: () => ({ mode: 'off', documents: new Map(), routerSecrets: [] }),
  enforce: () => ({ mode: 'enforce', documents: registered(), routerSecrets: [] }),
};

test.each([
  ['any document', 'off', undefined],
  ['any document, with limits', 'off', LIMITS],
  ['registered documents alone', 'enforce', undefined],
  ['registered documents alone, with limits', 'enforce', LIMITS],
] as const)(
  'whatever is asked of GraphQL where it takes %s is answered in our own shapes, tells no secret, changes nothing of others and leaves no stream behind',
  async (what, mode, limits) => {
    await using campaign = await Campaign.open(what, {
      trustedDocuments: TRUST[mode](),
      limits,
      sandbox: limits === undefined,
    });
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.nat(2 ** 31 - 1)), async (seed) => {
        const faults = await campaign.run(seed, (random, world) => {
          const request = oneIn(random, 3) ? subscriptionRequest : graphqlRequest;
          const draft = oneIn(random, 30) ? signOut(random, world) : request(schema, random, world);
          return frame(oneIn(random, 8) ? changed(draft, random, world) : draft, random, world);
        });
        expect(faults).toEqual([]);
      }),
      { numRuns: EXPLORE_FACTOR },
    );
    if (EXPLORE_FACTOR > 1) console.log(campaign.figures);
    expect(campaign.streamed).toBeGreaterThan(0);
    expect(new Set(await campaign.stop())).toEqual(new Set(['cut']));
  },
);
