import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { captureLog } from '../support/captured-log.js';
import { CONNECTION_CHANGED, openEventStream } from '../support/event-stream.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { AUDIENCE, TestIdentityProvider } from '../support/identity-provider.js';
import { StoppedClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

/** Beyond this age the gateway reads the provider's keys anew. */
const KEYS_FRESH_MS = 300_000;
const STREAMS_MAX = 20;

const clock = new StoppedClock();
const log = captureLog();
let provider: TestIdentityProvider;
let gateway: TestGateway;
let bearer: string;
beforeAll(async () => {
  provider = await TestIdentityProvider.start();
  const config = { identityProvider: provider.config() };
  gateway = await startTestGateway({ config, clock, logger: log.logger });
  bearer = await provider.forge({
    iss: provider.issuer,
    aud: AUDIENCE,
    sub: 'alice',
    exp: clock.now() / 1000 + 3_600,
    role: 'admin',
    organization: 'default',
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

test('a client that leaves while its credential is checked keeps no stream open', async () => {
  const headers = { authorization: `Bearer ${bearer}` };
  clock.advance(KEYS_FRESH_MS + 1);
  const held = provider.holdAnswers();
  const left = request(`${gateway.url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: { ...headers, accept: 'text/event-stream', 'content-type': 'application/json' },
  });
  left.end(JSON.stringify({ query: CONNECTION_CHANGED }));
  left.on('error', () => undefined);
  await until('the credential is being checked', () => held.waiting === 1);
  left.destroy();
  // The gateway has noticed.
  await until('the request has ended', () => log.lines.filter(({ msg }) => msg === 'request').length === 1);
  held.release();

  await using opened = new AsyncDisposableStack();
  for (let stream = 1; stream <= STREAMS_MAX; stream++) {
    expect(opened.use(await openEventStream(gateway.url, { headers })).status).toBe(200);
  }
});
