import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CreateConnectionDocument } from '../generated/graphql.js';
import { captureLog } from '../support/captured-log.js';
import { openEventStream } from '../support/event-stream.js';
import { observing, startTestGateway, type TestGatewayOptions } from '../support/gateway.js';
import { requestGraphql } from '../support/graphql-http.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { newReplicatedPlace, serversConfigOf } from '../support/replicated-database.js';
import { authorizationOf, COMPATIBLE, post, send } from '../support/rest.js';
import { until } from '../support/until.js';

/** A gateway whose metrics are on; `scrape` reads them as Prometheus does. */
async function startWatched(options: TestGatewayOptions = {}) {
  const log = captureLog();
  const config = { observation: observing({ metrics: { host: '127.0.0.1', port: 0 } }), ...options.config };
  const gateway = await startTestGateway({ ...options, config, logger: log.logger });
  const metricsUrl = String(log.lines.find(({ msg }) => msg === 'metrics are served')?.url);
  return {
    ...gateway,
    metricsUrl,
    scrape: async () => {
      const { text } = await send(metricsUrl);
      return { text, figures: readFigures(text) };
    },
  };
}

function readFigures(text: string): Record<string, number> {
  const lines = text.matchAll(/^(\w+(?:\{[^}]*\})?) ([\d.e+-]+)$/gm);
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
}

test('how long somebody listened is no duration of a request', async () => {
  await using gateway = await startWatched();
  const headers = { authorization: `Bearer ${gateway.bearer()}` };
  const stream = await openEventStream(gateway.url, { headers });
  await stream[Symbol.asyncDispose]();
  await until('the end was counted', async () => {
    const { figures } = await gateway.scrape();
    return figures.latchkey_ended_subscriptions_total === 1;
  });

  const { text } = await gateway.scrape();
  expect(text).not.toMatch(/latchkey_http_request_duration_seconds_count\{route="\/graphql"/);
});

test('what was asked, decided and answered can be watched; no name of anybody is among the figures', async () => {
  await using gateway = await startWatched({ config: { limits: limitsOf({ perMinute: 5 }) } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  for (const presented of [token, token, token, 'lkat_none']) await isActive(gateway.url, machine, presented);
  await post(`${gateway.url}${COMPATIBLE.token}`, authorizationOf(machine));
  await post(`${gateway.url}${COMPATIBLE.token}`);
  await send(`${gateway.url}/v9/telltale?secret=telltale`);
  await requestGraphql(gateway.url, { body: { query: '{ viewer { id } }' } });
  const closed = 'latchkey_http_request_duration_seconds_count{route="none",status="404"}';
  await until('the last was counted', async () => (await gateway.scrape()).figures[closed] === 1);

  const { text, figures } = await gateway.scrape();
  expect(figures).toMatchObject({
    'latchkey_http_request_duration_seconds_count{route="/v1/users/m2m/oauth/token",status="200"}': 1,
    'latchkey_http_request_duration_seconds_count{route="/v1/users/m2m/oauth/token",status="401"}': 1,
    'latchkey_http_request_duration_seconds_count{route="/v1/users/m2m/oauth/token",status="429"}': 1,
    'latchkey_http_request_duration_seconds_count{route="/v1/users/m2m/oauth/token/introspect",status="200"}': 4,
    'latchkey_limits_mode{mode="exact"}': 1,
    'latchkey_limits_mode{mode="closed"}': 0,
    'latchkey_limit_decisions_total{policy="minute",outcome="admitted"}': 5,
    'latchkey_limit_decisions_total{policy="minute",outcome="refused"}': 1,
    'latchkey_limit_decisions_total{policy="management",outcome="admitted"}': 1,
    'latchkey_limit_decisions_total{policy="failures",outcome="admitted"}': 1,
    'latchkey_tokens_issued_total{kind="own"}': 1,
    'latchkey_tokens_issued_total{kind="shared"}': 0,
    'latchkey_introspections_total{result="active"}': 2,
    'latchkey_introspections_total{result="repeated"}': 1,
    'latchkey_introspections_total{result="inactive"}': 1,
    'latchkey_graphql_errors_total{code="UNAUTHENTICATED"}': 1,
    'latchkey_health{state="ready"}': 1,
    'latchkey_health{state="unavailable"}': 0,
  });
  expect(figures['latchkey_lookups_total{of="connections",result="hit"}']).toBeGreaterThan(0);
  expect(figures['latchkey_lookups_total{of="connections",result="miss"}']).toBeGreaterThan(0);
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  expect(text).not.toMatch(/default|tester|lkid_|lkat_|telltale/);
});

test('an error of GraphQL is counted once, wherever the request was refused', async () => {
  await using gateway = await startWatched();
  const authorization = `Bearer ${gateway.bearer()}`;
  const send = (body: object, headers: Record<string, string> = { authorization }) =>
    requestGraphql(gateway.url, { body: body as { query: string }, headers });
  await send({ query: '{ viewer { id } }' }, { authorization: 'Bearer unknown' });
  await requestGraphql(gateway.url, { search: { query: '{ viewer { id } }' } });
  await send([]);
  await send({ variables: {} });
  await send({ query: '{' });
  await send({ query: '{ nothing }' });

  const counted = Object.entries((await gateway.scrape()).figures).filter(([name]) => name.includes('graphql_errors'));
  expect(Object.fromEntries(counted)).toEqual({
    'latchkey_graphql_errors_total{code="UNAUTHENTICATED"}': 2,
    'latchkey_graphql_errors_total{code="BAD_USER_INPUT"}': 2,
    'latchkey_graphql_errors_total{code="GRAPHQL_PARSE_FAILED"}': 1,
    'latchkey_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"}': 1,
  });
});

test('a request whose client left is counted as such', async () => {
  await using gateway = await startWatched();
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.write('POST /v1/users/m2m/oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nb');
  await once(socket, 'connect');
  socket.end();
  const left = 'latchkey_http_request_duration_seconds_count{route="/v1/users/m2m/oauth/token",status="left"}';

  await until('it is counted', async () => (await gateway.scrape()).figures[left] === 1);
});

test('a replica tells its pool, its memory of tokens, and how long ago it proved that it missed nothing', async () => {
  const servers = serversConfigOf(await newReplicatedPlace());
  // However busy the machine is, memory may answer.
  await using gateway = await startWatched({ config: { servers, revocationBoundMs: 60_000 } });
  const machine = await createMachine(gateway.client());
  const token = await requestToken(gateway.url, machine);
  for (let times = 0; times < 5; times++) await isActive(gateway.url, machine, token);

  const { figures } = await gateway.scrape();
  expect(figures['latchkey_database_connections{state="open"}']).toBeGreaterThan(0);
  expect(figures['latchkey_database_connections{state="waiting"}']).toBe(0);
  expect(figures['latchkey_lookups_total{of="tokens",result="miss"}']).toBe(1);
  expect(figures['latchkey_lookups_total{of="tokens",result="hit"}']).toBeGreaterThan(0);
  expect(figures['latchkey_introspections_total{result="repeated"}']).toBeGreaterThan(0);
  expect(figures.latchkey_proof_age_seconds).toBeGreaterThanOrEqual(0);
});

test('metrics have a listener of their own, which serves nothing else; the gateway’s own has none', async () => {
  await using gateway = await startWatched();
  const origin = new URL(gateway.metricsUrl).origin;

  expect((await send(`${gateway.url}/metrics`)).status).toBe(404);
  expect((await send(gateway.metricsUrl)).headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect((await send(`${origin}/graphql`)).status).toBe(404);
  expect((await post(gateway.metricsUrl)).status).toBe(405);
});

test('a port that is taken stops the start with a sentence that names the setting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  await expect(
    startTestGateway({ config: { observation: observing({ metrics: { host: '127.0.0.1', port } }) } }),
  ).rejects.toThrow(
    `Metrics cannot be served at 127.0.0.1:${port} (EADDRINUSE). Set LATCHKEY_METRICS_PORT to a free port`,
  );
  other.close();
});

test('the dashboard shows every metric of ours, and asks for none that is not there', async () => {
  await using gateway = await startWatched({ config: { servers: serversConfigOf(await newReplicatedPlace()) } });
  await gateway.client().run(CreateConnectionDocument, { input: { name: 'seen', authenticationType: 'OAUTH' } });
  const { text } = await gateway.scrape();
  const served = new Set(Array.from(text.matchAll(/^# TYPE (\w+) /gm), ([, name = '']) => name));
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'grafana-dashboard.json'), 'utf8');
  const panels = (JSON.parse(page) as { panels: { targets: { expr: string }[] }[] }).panels;
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
  const shown = new Set(
    Array.from(
      expressions.matchAll(/\b((?:latchkey|nodejs|process)_\w+?)(?:_bucket|_count|_sum)?\b(?=[{[])/g),
      ([, name = '']) => name,
    ),
  );

  expect([...shown].filter((name) => !served.has(name))).toEqual([]);
  expect([...served].filter((name) => name.startsWith('latchkey_') && !shown.has(name))).toEqual([]);
});
