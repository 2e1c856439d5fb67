import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONNECTION_CHANGED, openEventStream } from '../support/event-stream.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';
import { StoppedClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** The life of a test gateway's bearer. */
const BEARER_MS = 3_600_000;
/** Refused credentials that a network may send in a minute. */
const FAILURES_MAX = 100;
const EVENTS = { accept: 'text/event-stream' };

let gateway: TestGateway;
let superAdmin: Readonly<Record<string, string>>;
beforeAll(async () => {
  gateway = await startTestGateway();
  superAdmin = { authorization: `Bearer ${gateway.bearer()}` };
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('subscribing is a management operation, which ends with the caller’s budget', async () => {
  await using limited = await startTestGateway({ config: { limits: { ...limitsOf(), managementPerMinute: 1 } } });
  const headers = { authorization: `Bearer ${limited.bearer()}` };
  await using stream = await openEventStream(limited.url, { headers });
  expect(stream.headers.ratelimit).toBe('"management";r=0;t=60');

  const answer = await requestGraphql(limited.url, {
    headers: { ...EVENTS, ...headers },
    body: { query: CONNECTION_CHANGED },
  });
  expect([answer.status, ...codesOf(answer)]).toEqual([429, 'RATE_LIMITED']);
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
});

test('a subscription beyond the twenty counts as nothing', async () => {
  await using limited = await startTestGateway({ config: { limits: limitsOf() } });
  const headers = { authorization: `Bearer ${limited.bearer()}` };
  await using opened = new AsyncDisposableStack();
  const open = async () => opened.use(await openEventStream(limited.url, { headers }));
  for (let stream = 1; stream < 20; stream++) await open();
  const { ratelimit } = (await open()).headers;
  const body = { query: CONNECTION_CHANGED };
  expect((await requestGraphql(limited.url, { headers: { ...EVENTS, ...headers }, body })).status).toBe(400);

  const { headers: told } = await requestGraphql(limited.url, { headers, body: { query: '{ connections { id } }' } });
  const remaining = Number(/;r=(\d+)/.exec(String(ratelimit))?.[1]);
  expect(told.get('ratelimit')).toContain(`"management";r=${remaining - 1};`);
});

test('a caller has twenty subscriptions open at most; another one, and a closed one, make room', async () => {
  const open = (headers = superAdmin) => openEventStream(gateway.url, { headers });
  const streams = await Promise.all(Array.from({ length: 20 }, () => open()));
  await using stack = new AsyncDisposableStack();
  for (const stream of streams) stack.use(stream);
  const refused = await requestGraphql(gateway.url, {
    headers: { ...EVENTS, ...superAdmin },
    body: { query: CONNECTION_CHANGED },
  });
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('You have 20 subscriptions open')]);

  await using ofAdmin = await open({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'other')}` });
  expect(ofAdmin.status).toBe(200);
  await streams[0]?.[Symbol.asyncDispose]();
  await until('there is room again', async () => {
    await using next = await open();
    return next.status === 200;
  });
});

test('a credential that expires is no failure of its network: its client is told so, whatever others sent from there', async () => {
  const clock = new StoppedClock();
  const streamTimes = { beatMs: 10, ageMsMax: 2 * BEARER_MS };
  await using limited = await startTestGateway({ clock, streamTimes, config: { limits: limitsOf() } });
  const headers = { authorization: `Bearer ${limited.bearer()}` };
  await using stream = await openEventStream(limited.url, { headers });
  clock.advance(BEARER_MS - 1);
  const body = { query: '{ viewer { id } }' };
  const wrong = { authorization: 'Bearer none' };
  for (let failure = 1; failure <= FAILURES_MAX; failure++) await requestGraphql(limited.url, { headers: wrong, body });
  expect(codesOf(await requestGraphql(limited.url, { headers: wrong, body }))).toEqual(['RATE_LIMITED']);
  clock.advance(1);

  expect(await stream.ended).toBe('complete');
  expect((await stream.next()).errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
});
