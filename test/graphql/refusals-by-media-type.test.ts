import { describe, expect, test } from 'vitest';
import { generateSecret } from '../../src/lib/secrets.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type RawAnswer, requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';
import { TestClock } from '../support/test-clock.js';

/** A request that its policy refuses when this resolves. */
type Refused = (gateway: TestGateway) => Promise<{ readonly bearer: string; readonly query: string }>;

const calls: Refused = async (gateway) => {
  const refused = { bearer: gateway.bearer(), query: '{ introspectToken(token: "x") { active } }' };
  await ask(gateway, refused, {});
  return refused;
};

const management: Refused = async (gateway) => {
  const bearer = gateway.bearer();
  const hundred = Array.from({ length: 3 }, (_, index) => `c${index}: connection(id: "x") { id }`).join(' ');
  await ask(gateway, { bearer, query: `{ ${hundred} }` }, {});
  return { bearer, query: '{ connections { id } }' };
};

const failures: Refused = async (gateway) => {
  const refused = { bearer: generateSecret('accessToken').reveal(), query: '{ viewer { id } }' };
  for (let times = 0; times < 100; times++) await ask(gateway, refused, {});
  return refused;
};

function ask({ url }: TestGateway, { bearer, query }: Awaited<ReturnType<Refused>>, accept: Record<string, string>) {
  return requestGraphql(url, { headers: { authorization: `Bearer ${bearer}`, ...accept }, body: { query } });
}

/** All that an answer tells but its status and its type. */
function toldBy({ headers, errors, data }: RawAnswer) {
  const names = ['retry-after', 'ratelimit', 'ratelimit-policy'];
  return { headers: names.map((name) => headers.get(name)), errors, data };
}

const RESPONSE = 'application/graphql-response+json';
const JSON_ONLY = 'application/json';
const CALLS = '"minute";q=1;w=60, "day";q=50000;w=86400';

describe('a refusal by a limit is a 429 to those who accept a type whose status tells, and a 200 to those who would repeat a 429', () => {
  test.for<readonly [policy: string, use: Refused, said: string, policies: string]>([
    ['minute', calls, "The minute's 1 call of this organisation is used up. The next is free in 1 min.", CALLS],
    [
      'management',
      management,
      "The minute's 3 operations of this caller are used up. The next is free in 1 min.",
      '"management";q=3;w=60',
    ],
    [
      'failures',
      failures,
      "The minute's 100 refused credentials of this sender are used up. The next is free in 1 min.",
      '"failures";q=100;w=60',
    ],
  ])('by %s', async ([policy, use, said, policies]) => {
    const limits = { ...limitsOf({ perMinute: 1 }), managementPerMinute: 3 };
    await using gateway = await startTestGateway({ clock: new TestClock(), config: { limits } });
    const refused = await use(gateway);
    const told = {
      headers: ['60', `"${policy}";r=0;t=60`, policies],
      errors: [
        {
          message: said,
          extensions: { code: 'RATE_LIMITED', retryAfterMs: 60_000, violatedPolicies: [policy] },
        },
      ],
      data: undefined,
    };
    for (const [accept, status, type] of [
      [{ accept: RESPONSE }, 429, RESPONSE],
      [{ accept: `${RESPONSE}, ${JSON_ONLY};q=0.9` }, 429, RESPONSE],
      [{ accept: JSON_ONLY }, 200, JSON_ONLY],
      [{ accept: '*/*' }, 200, JSON_ONLY],
    ] as const) {
      const answer = await ask(gateway, refused, accept);
      expect([answer.status, answer.headers.get('content-type')], accept.accept).toEqual([
        status,
        `${type}; charset=utf-8`,
      ]);
      expect(toldBy(answer), accept.accept).toEqual(told);
    }
  });
});

test('what is not a refusal by a limit keeps its status, whatever is accepted', async () => {
  await using gateway = await startTestGateway();
  const unknown = { bearer: generateSecret('accessToken').reveal(), query: '{ viewer { id } }' };
  expect((await ask(gateway, unknown, { accept: JSON_ONLY })).status).toBe(401);
});
