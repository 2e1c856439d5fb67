import { describe, expect, test } from 'vitest';
import { generateSecret } from '../../src/lib/secrets.js';
import { startTestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { basic, createMachine, requestToken } from '../support/machine.js';
import { type Answer, authorizationOf, COMPATIBLE, introspect, post, postForm, STANDARD } from '../support/rest.js';
import { TestClock } from '../support/test-clock.js';

async function startLimited(quota: Parameters<typeof limitsOf>[0]) {
  const clock = new TestClock();
  const gateway = await startTestGateway({ clock, config: { limits: limitsOf(quota) } });
  const machine = await createMachine(gateway.client());
  return { gateway, clock, machine, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

const limitOf = ({ headers }: Answer) => headers.get('ratelimit');

test('each token and introspect call counts as one, by either path, and says how the organisation stands', async () => {
  await using started = await startLimited({ perMinute: 10, perDay: 20 });
  const { gateway, machine } = started;
  const headers = authorizationOf(machine);
  const token = await requestToken(gateway.url, machine);
  const calls: (() => Promise<Answer>)[] = [
    () => post(`${gateway.url}${COMPATIBLE.token}`, headers),
    () => introspect(gateway.url, machine, { access_token: token }),
    () => introspect(gateway.url, machine, { access_token: token }),
    () => introspect(gateway.url, machine, { access_token: 'unknown' }),
    () => postForm(`${gateway.url}${STANDARD.token}`, { grant_type: 'client_credentials' }, headers),
    () => postForm(`${gateway.url}${STANDARD.introspect}`, { token }, headers),
    () => postForm(`${gateway.url}${STANDARD.introspect}`, { token }, headers),
  ];
  for (const [index, call] of calls.entries()) {
    const answer = await call();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toBe('"minute";q=10;w=60, "day";q=20;w=86400');
    expect(limitOf(answer)).toBe(`"minute";r=${8 - index};t=60, "day";r=${18 - index};t=86460`);
  }
});

test('a refused call costs nothing and is told, to the second, when it will pass', async () => {
  await using started = await startLimited({ perMinute: 2 });
  const { gateway, clock, machine } = started;
  const call = () => post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine));
  expect((await call()).status).toBe(200);
  clock.advance(30_000);
  expect((await call()).status).toBe(200);
  for (let times = 0; times < 5; times++) {
    const refused = await call();
    expect(refused.status).toBe(429);
    expect(JSON.parse(refused.text)).toEqual({
      requestId: refused.headers.get('x-request-id'),
      error: 'rate_limited',
      message: "The minute's 2 calls of this organisation are used up. The next is free in 30 s.",
    });
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(limitOf(refused)).toBe('"minute";r=0;t=30');
    expect(refused.headers.get('ratelimit-policy')).toBe('"minute";q=2;w=60, "day";q=50000;w=86400');
  }
  clock.advance(29_999);
  expect((await call()).headers.get('retry-after')).toBe('1');
  clock.advance(1);
  expect((await call()).status).toBe(200);
  expect((await call()).status).toBe(429);
});

test('what the day refuses is told to come back when the day admits it, and the standard paths say why in words', async () => {
  await using started = await startLimited({ perDay: 1, dayWindow: 'calendar' });
  const { gateway, machine } = started;
  const call = () =>
    postForm(`${gateway.url}${STANDARD.token}`, { grant_type: 'client_credentials' }, authorizationOf(machine));
  expect((await call()).status).toBe(200);
  const refused = await call();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('86400');
  expect(JSON.parse(refused.text)).toMatchObject({
    error: 'rate_limited',
    error_description: "The day's 1 call of this organisation is used up. The next is free in 24 h.",
  });
  expect(limitOf(refused)).toBe('"day";r=0;t=86400');
});

test('a machine whose organisation has no calls left revokes, over REST and GraphQL, on the budget of management', async () => {
  await using started = await startLimited({ perMinute: 2 });
  const { gateway, machine } = started;
  const [token, another] = [await requestToken(gateway.url, machine), await requestToken(gateway.url, machine)];
  const revoke = (presented: string) =>
    postForm(`${gateway.url}${STANDARD.revoke}`, { token: presented }, authorizationOf(machine));
  expect((await introspect(gateway.url, machine, { access_token: token })).status).toBe(429);

  const revoked = await revoke(token);
  expect([revoked.status, limitOf(revoked), revoked.headers.get('ratelimit-policy')]).toEqual([
    200,
    '"management";r=299;t=60',
    '"management";q=300;w=60',
  ]);
  const query = 'mutation ($token: String!) { revokeToken(token: $token) { __typename } }';
  const overGraphql = await gateway.client().send(query, { token: another });
  expect(overGraphql.data).toEqual({ revokeToken: { __typename: 'TokenRevoked' } });
  const asRevoked = await Promise.all(
    [token, another].map((each) => gateway.client({ authorization: `Bearer ${each}` }).send('{ viewer { id } }')),
  );
  expect(asRevoked.map(({ status }) => status)).toEqual([401, 401]);

  // The budget has an end too, which is told as such.
  for (let left = 298; left >= 0; left--) expect(limitOf(await revoke(token))).toBe(`"management";r=${left};t=60`);
  const refused = await revoke(token);
  expect([refused.status, limitOf(refused), refused.headers.get('retry-after')]).toEqual([
    429,
    '"management";r=0;t=60',
    '60',
  ]);
  expect(JSON.parse(refused.text).error_description).toBe(
    "The minute's 300 operations of this caller are used up. The next is free in 1 min.",
  );
});

test('what was not understood or not proven counts as no call', async () => {
  await using started = await startLimited({ perMinute: 3 });
  const { gateway, machine } = started;
  const headers = authorizationOf(machine);
  const refused = [
    await introspect(gateway.url, machine, '{}'),
    await postForm(`${gateway.url}${STANDARD.introspect}`, {}, headers),
    await postForm(`${gateway.url}${STANDARD.token}`, { grant_type: 'password' }, headers),
    await postForm(`${gateway.url}${STANDARD.revoke}`, {}, headers),
    await post(`${gateway.url}${COMPATIBLE.token}`, { authorization: basic(machine.clientId, 'wrong') }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400, 401]);
  expect(refused.map(limitOf)).toEqual(refused.map(() => null));
  expect(limitOf(await post(`${gateway.url}${COMPATIBLE.token}`, headers))).toMatch(/^"minute";r=2;/);
});

describe('refused credentials', () => {
  const FAILURES_OF_CLIENT = 30;
  const FAILURES_OF_ADDRESS = 100;

  test('after too many in a minute in the name of one client there are 429s, whether or not there is such a client; the client itself is served', async () => {
    await using started = await startLimited({});
    const { gateway, machine } = started;
    const fail = (clientId: string) =>
      post(`${gateway.url}${COMPATIBLE.token}`, {
        authorization: basic(clientId, generateSecret('clientSecret').reveal()),
      });
    const failuresOf = async (clientId: string) => {
      const answers: Answer[] = [];
      for (let times = 0; times <= FAILURES_OF_CLIENT; times++) answers.push(await fail(clientId));
      return answers.map(({ status, headers, text }) => ({
        status,
        error: JSON.parse(text).error,
        retryAfter: headers.get('retry-after'),
        policy: headers.get('ratelimit-policy'),
        limit: headers.get('ratelimit'),
      }));
    };
    const ofKnown = await failuresOf(machine.clientId);
    expect(ofKnown.map(({ status }) => status)).toEqual([...Array(FAILURES_OF_CLIENT).fill(401), 429]);
    expect(ofKnown.at(-1)).toEqual({
      status: 429,
      error: 'rate_limited',
      retryAfter: '60',
      policy: '"failures";q=30;w=60',
      limit: '"failures";r=0;t=60',
    });
    expect(await failuresOf('lkid_0000000000000000000000')).toEqual(ofKnown);
    expect((await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine))).status).toBe(200);
  });

  test('after too many in a minute from one address there are 429s, over REST and GraphQL, and good credentials are served', async () => {
    await using started = await startLimited({});
    const { gateway, clock, machine } = started;
    const failGraphql = () =>
      gateway.client({ authorization: `Bearer ${generateSecret('accessToken').reveal()}` }).send('{ viewer { id } }');
    const failRest = (index: number) =>
      post(`${gateway.url}${COMPATIBLE.token}`, { authorization: basic(`client-${index}`, 'wrong') });
    for (let times = 0; times < FAILURES_OF_ADDRESS / 2; times++) {
      expect((await failGraphql()).status).toBe(401);
      expect((await failRest(times)).status).toBe(401);
    }
    const { status, headers, errors } = await failGraphql();
    // The client accepts anything, so is answered as application/json.
    expect([status, headers.get('retry-after')]).toEqual([200, '60']);
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'RATE_LIMITED', retryAfterMs: 60_000, violatedPolicies: ['failures'] },
    ]);
    expect((await failRest(-1)).status).toBe(429);
    expect((await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine))).status).toBe(200);
    clock.advance(60_000);
    expect((await failRest(-2)).status).toBe(401);
  });
});

test('with limits off nothing is counted and nobody is told of any', async () => {
  await using gateway = await startTestGateway();
  const machine = await createMachine(gateway.client());
  for (let times = 0; times < 120; times++) {
    const answer = await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine));
    expect([answer.status, limitOf(answer)]).toEqual([200, null]);
  }
});
