import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXPLORE_FACTOR } from '../../support/seeded-random.js';
import { Campaign } from './campaign.js';
import { frame } from './framing.js';
import { LIMITS } from './limits.js';
import { mutateRequest } from './request-mutations.js';
import { routeRequest } from './route-requests.js';

test.each([
  ['without limits', {}],
  ['with limits', { limits: LIMITS, sandbox: false, corsOrigins: ['https://app.example'] }],
])(
  'whatever is sent to any path, %s, is answered in our own shapes, tells no secret and changes nothing',
  async (how, config) => {
    await using campaign = await Campaign.open(how, config);
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.nat(2 ** 31 - 1)), async (seed) => {
        const faults = await campaign.run(seed, (random, world) =>
          frame(mutateRequest(routeRequest(random, world), random, world), random, world),
        );
        expect(faults).toEqual([]);
      }),
      { numRuns: 2 * EXPLORE_FACTOR },
    );
    if (EXPLORE_FACTOR > 1) console.log(campaign.figures);
  },
);
