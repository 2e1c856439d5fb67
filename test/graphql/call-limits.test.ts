import { describe, expect, test } from 'vitest';
import { AdminTokens } from '../../src/domain/sign-in/admin-tokens.js';
import { RateLimitDocument } from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, requestToken } from '../support/machine.js';
import { TestClock } from '../support/test-clock.js';

async function startLimited(perMinute = 100) {
  const clock = new TestClock();
  const gateway = await startTestGateway({ clock, config: { limits: limitsOf({ perMinute, perDay: 1_000 }) } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  // By the status of this type a refusal is told.
  const accept = 'application/graphql-response+json';
  const asMachine = { authorization: `Bearer ${token}` };
  const send = (query: string, variables = {}, headers: Record<string, string> = asMachine) =>
    requestGraphql(gateway.url, { body: { query, variables }, headers: { accept, ...headers } });
  const used = async () => {
    const { rateLimit } = await gateway.client().run(RateLimitDocument);
    const { limit, remaining } = rateLimit.policies[0] ?? { limit: 0, remaining: 0 };
    return limit - remaining;
  };
  return { gateway, clock, machine, token, send, used, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

describe('what a document counts as', () => {
  const DOCUMENTS: readonly (readonly [what: string, calls: number, query: string, variables?: object])[] = [
    ['an introspection', 1, 'query ($t: String!) { introspectToken(token: $t) { active } }'],
    [
      'two by aliases',
      2,
      'query ($t: String!) { a: introspectToken(token: $t) { active } b: introspectToken(token: "x") { active } }',
    ],
    [
      'one that is asked for twice',
      1,
      'query ($t: String!) { introspectToken(token: $t) { active } introspectToken(token: $t) { clientId } }',
    ],
    [
      'those in fragments, one in another',
      3,
      'query ($t: String!) { ...A ... on Query { c: introspectToken(token: $t) { active } } } fragment A on Query { a: introspectToken(token: $t) { active } ...B } fragment B on Query { b: introspectToken(token: $t) { active } }',
    ],
    [
      'none that is skipped',
      1,
      'query ($t: String!, $no: Boolean = false) { a: introspectToken(token: $t) @skip(if: true) { active } b: introspectToken(token: $t) @include(if: $no) { active } c: introspectToken(token: $t) { active } }',
    ],
    ['a list by its length', 3, 'query ($t: String!) { introspectTokens(tokens: [$t, "b", "c"]) { active } }'],
    [
      'a list in a variable by its length',
      4,
      'query ($list: [String!]!) { introspectTokens(tokens: $list) { active } }',
      { list: ['a', 'b', 'c', 'd'] },
    ],
    ['an empty list', 0, '{ introspectTokens(tokens: []) { active } }'],
    ['viewer and rateLimit', 0, '{ viewer { id } rateLimit { policies { name } } __typename }'],
    [
      'more tokens than it takes',
      0,
      'query ($list: [String!]!) { introspectTokens(tokens: $list) { active } }',
      { list: Array(101).fill('x') },
    ],
    ['a subscription, of which there are none', 0, 'subscription { introspectToken(token: "x") { active } }'],
    ['what does not parse', 0, '{ introspectToken(token: '],
    ['what does not validate', 0, 'query ($t: String!) { introspectToken(token: $t) { nothing } }'],
    [
      'variables that do not fit',
      0,
      'query ($t: String!, $n: Int!) { introspectToken(token: $t) { active } }',
      { n: 'x' },
    ],
  ];

  test.for(DOCUMENTS)('%s: %i', async ([, calls, query, variables]) => {
    await using started = await startLimited();
    const { token, send, used } = started;
    const before = await used();
    const answer = await send(query, { t: token, ...variables });
    expect((await used()) - before).toBe(calls);
    if (calls === 0) {
      expect(answer.headers.get('ratelimit')).toBeNull();
    } else {
      expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"minute";r=${99 - calls};`));
      expect(JSON.parse(answer.text).extensions.rateLimit).toEqual({
        cost: calls,
        policies: [
          { name: 'minute', limit: 100, windowSeconds: 60, remaining: 99 - calls, resetMs: 60_000 },
          { name: 'day', limit: 1_000, windowSeconds: 86_400, remaining: 999 - calls, resetMs: 86_460_000 },
        ],
      });
    }
  });
});

test('a document that is not within the limit is refused whole, and one that is, passes', async () => {
  await using started = await startLimited(4);
  const { send, used, clock, token } = started;
  const ask = (tokens: readonly string[]) =>
    send('query ($tokens: [String!]!) { introspectTokens(tokens: $tokens) { active } }', { tokens });
  clock.advance(20_000);
  const refused = await ask(['a', 'b', 'c', 'd']);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('40');
  expect(refused.headers.get('ratelimit')).toBe('"minute";r=3;t=40');
  expect(refused.errors).toEqual([
    {
      message: "Of the minute's 4 calls of this organisation 3 are left. As many as this needs are free in 40 s.",
      extensions: { code: 'RATE_LIMITED', retryAfterMs: 40_000, violatedPolicies: ['minute'] },
    },
  ]);
  expect(await used()).toBe(1);
  expect((await ask(['a', 'b', token])).data).toEqual({
    introspectTokens: [{ active: false }, { active: false }, { active: true }],
  });
});

test('what the organisation never has at once is refused with words that say so', async () => {
  await using started = await startLimited(2);
  const { errors, status } = await started.send('{ introspectTokens(tokens: ["a", "b", "c"]) { active } }');
  expect(status).toBe(400);
  expect(errors.map(({ message, extensions }) => [message, extensions.code])).toEqual([
    ['This counts as 3 calls, and the organisation has 2. Ask for less at once.', 'BAD_USER_INPUT'],
  ]);
});

test('who manages has a budget of their own, which an exhausted organisation does not touch, nor another admin', async () => {
  await using started = await startLimited(1);
  const { gateway, clock, send, machine } = started;
  const bearers = new AdminTokens(gateway.keyRing, clock);
  const another = { subject: 'another', role: 'ADMIN', organizationId: 'default', lifetimeMs: 60_000 } as const;
  const asAdmin = { authorization: `Bearer ${bearers.issue(another).reveal()}` };
  const asSuperAdmin = { authorization: `Bearer ${gateway.bearer()}` };
  expect((await send('{ introspectToken(token: "x") { active } }')).status).toBe(429);

  const managed = await send(
    'mutation ($id: ID!) { revokeTokens(connectionId: $id) { __typename } }',
    { id: machine.connectionId },
    asSuperAdmin,
  );
  expect(managed.data).toEqual({ revokeTokens: { __typename: 'ConnectionChanged' } });
  // The client that made the machine has spent one.
  expect(managed.headers.get('ratelimit')).toBe('"management";r=298;t=60');
  expect(managed.headers.get('ratelimit-policy')).toBe('"management";q=300;w=60');

  const hundred = `{ ${Array.from({ length: 100 }, (_, index) => `c${index}: connection(id: "x") { id }`).join(' ')} }`;
  for (const left of [200, 100, 0]) {
    const { headers, status } = await send(hundred, {}, asAdmin);
    expect([status, headers.get('ratelimit')]).toEqual([200, `"management";r=${left};t=60`]);
  }
  const refused = await send('{ connections { id } }', {}, asAdmin);
  expect([refused.status, refused.errors[0]?.extensions]).toEqual([
    429,
    { code: 'RATE_LIMITED', retryAfterMs: 60_000, violatedPolicies: ['management'] },
  ]);
  expect((await send('{ viewer { id } rateLimit { policies { remaining } } }', {}, asAdmin)).errors).toEqual([]);
});

test('a viewer that is asked for its connections is management by another name', async () => {
  await using started = await startLimited();
  const { gateway, send } = started;
  const asAdmin = { authorization: `Bearer ${gateway.bearer()}` };
  const free = await send('{ viewer { id organization { id issuer } } }', {}, asAdmin);
  expect(free.headers.get('ratelimit')).toBeNull();
  const query = '{ viewer { ...A } viewer { id } } fragment A on Viewer { mine: organization { connections { id } } }';
  const charged = await send(query, {}, asAdmin);
  expect([charged.errors, charged.headers.get('ratelimit')]).toEqual([[], '"management";r=298;t=60']);
});

test('a document whose calls are refused costs its caller no operation either', async () => {
  await using started = await startLimited(2);
  const { gateway, send } = started;
  const asAdmin = { authorization: `Bearer ${gateway.bearer()}` };
  const mixed = '{ introspectTokens(tokens: ["a", "b"]) { active } organization { id } }';
  expect((await send(mixed, {}, asAdmin)).status).toBe(429);
  expect((await send('{ organization { id } }', {}, asAdmin)).headers.get('ratelimit')).toBe('"management";r=298;t=60');
});

test('fragments that spread each other over and over cost what they hold', async () => {
  await using started = await startLimited();
  const fragments = Array.from({ length: 5 }, (_, index) => {
    const next = index === 4 ? '__typename' : `...F${index + 1} ...F${index + 1}`;
    return `fragment F${index} on Query { ${next} }`;
  });
  const { status, errors, headers } = await started.send(`{ ...F0 } ${fragments.join(' ')}`);
  expect([status, errors, headers.get('ratelimit')]).toEqual([200, [], null]);
});

test('what a caller may not do counts nowhere', async () => {
  await using started = await startLimited();
  const { send, used } = started;
  const before = await used();
  const { errors, headers } = await send('{ connections { id } }');
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  expect(headers.get('ratelimit')).toBeNull();
  expect((await send('{ introspectToken(token: "x") { active } }', {}, {})).errors[0]?.extensions.code).toBe(
    'UNAUTHENTICATED',
  );
  expect(await used()).toBe(before);
});

test('issueToken counts as a call when it mints, and not when it gives what was minted', async () => {
  await using started = await startLimited(2);
  const { gateway, machine, used } = started;
  const issue = () =>
    gateway
      .client()
      .send<{ issueToken: { __typename: string } }>(
        'mutation ($id: ID!) { issueToken(connectionId: $id) { __typename } }',
        { id: machine.connectionId },
      );
  for (let times = 0; times < 3; times++) expect((await issue()).data?.issueToken.__typename).toBe('AccessToken');
  expect(await used()).toBe(2);
  await gateway
    .client()
    .send('mutation ($id: ID!) { resetAfterLeak(id: $id) { __typename } }', { id: machine.connectionId });
  const { errors } = await issue();
  expect(errors?.map(({ path, extensions }) => [path, extensions.code, extensions.violatedPolicies])).toEqual([
    [['issueToken'], 'RATE_LIMITED', ['minute']],
  ]);
});

test('Organization.limits and rateLimit say the same, and a router that asks for a trace is given no other extension', async () => {
  await using started = await startLimited();
  const { gateway, send, token, clock } = started;
  const { data } = await gateway
    .client()
    .send<{ organization: { limits: unknown }; rateLimit: { policies: unknown } }>(
      '{ organization { limits { name limit windowSeconds remaining resetsAt } } rateLimit { policies { name limit windowSeconds remaining resetsAt } } }',
    );
  expect(data?.organization.limits).toEqual([
    {
      name: 'minute',
      limit: 100,
      windowSeconds: 60,
      remaining: 99,
      resetsAt: new Date(clock.now() + 60_000).toISOString(),
    },
    {
      name: 'day',
      limit: 1_000,
      windowSeconds: 86_400,
      remaining: 999,
      resetsAt: new Date(clock.now() + 86_460_000).toISOString(),
    },
  ]);
  expect(data?.rateLimit.policies).toEqual(data?.organization.limits);
  const traced = await send(
    'query ($t: String!) { introspectToken(token: $t) { active } }',
    { t: token },
    {
      authorization: `Bearer ${token}`,
      'apollo-federation-include-trace': 'ftv1',
    },
  );
  expect(Object.keys(JSON.parse(traced.text).extensions)).toEqual(['ftv1']);
});
