import { afterAll, beforeEach, expect, test } from 'vitest';
import { limitsOf } from '../support/limits.js';
import { send } from '../support/rest.js';
import { startTenant } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';
import { startUpstreamGateway } from '../support/upstream-gateway.js';

const tenant = await startTenant();
afterAll(() => tenant[Symbol.asyncDispose]());
beforeEach(() => tenant.behave());

async function startLimited(perMinute: number) {
  const limits = limitsOf({ perMinute });
  const clock = new TestClock();
  const gateway = await startUpstreamGateway(tenant.url, { clock, config: { limits } });
  const call = () => send(`${gateway.url}/v1/data/objects/Company`, { headers: gateway.callers.accessKey });
  return { call, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

function told({ headers }: { readonly headers: Headers }) {
  return ['retry-after', 'ratelimit', 'ratelimit-policy'].map((name) => headers.get(name));
}

test('a 429 of ours names the policy that refused, in its headers and in words', async () => {
  await using limited = await startLimited(2);
  // The other one was the request for the token.
  expect((await limited.call()).status).toBe(200);
  const refused = await limited.call();
  expect(refused.status).toBe(429);
  expect(told(refused)).toEqual(['60', '"minute";r=0;t=60', '"minute";q=2;w=60, "day";q=50000;w=86400']);
  const sentence = "The minute's 2 calls of this organisation are used up. The next is free in 1 min.";
  expect(JSON.parse(refused.text)).toMatchObject({ message: sentence, errorDesc: sentence });
});

test('a 503 where the tenant gives no answer has a Retry-After and nothing of our limits', async () => {
  await using limited = await startLimited(100);
  tenant.misbehave({ kind: 'reset' });
  const answer = await limited.call();
  expect([answer.status, ...told(answer)]).toEqual([503, '1', null, null]);
});

test('beside a 429 or 503 of the tenant nothing of our limits stands, which did not refuse', async () => {
  await using limited = await startLimited(100);
  tenant.misbehave({ kind: 'rateLimited', retryAfter: '5' }, { times: 1 });
  const theirs = await limited.call();
  expect([theirs.status, ...told(theirs)]).toEqual([429, '5', null, null]);
  tenant.misbehave({ kind: 'status', status: 503 }, { times: 1 });
  const down = await limited.call();
  expect([down.status, ...told(down)]).toEqual([503, null, null, null]);
  tenant.misbehave({ kind: 'status', status: 404 }, { times: 1 });
  expect((await limited.call()).headers.get('ratelimit')).toMatch(/^"minute";r=96;/);
});
