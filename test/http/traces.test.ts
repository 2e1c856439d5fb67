import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { IssueTokenDocument } from '../generated/graphql.js';
import { captureLog } from '../support/captured-log.js';
import { freePort } from '../support/free-port.js';
import { observing, startTestGateway } from '../support/gateway.js';
import { COMPATIBLE, post, send } from '../support/rest.js';
import { startTenant } from '../support/tenant-stub.js';
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.js';
import { startUpstreamGateway } from '../support/upstream-gateway.js';

/** OpenTelemetry's numbers. */
const SERVER = 2;
const CLIENT = 3;
const ERROR = 2;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';
const SAMPLED = { traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-01` };
/** The route of passed calls, as fastify has it. */
const ROUTE = '/:version(^v[0-9.]+$)/*';
const PATH = '/v1/data/objects/Company/telltale?secret=telltale';

function tracedTo(endpoint: string, sampledRatio = 1) {
  return { observation: observing({ traces: { endpoint, serviceName: 'gateway-under-test', sampledRatio } }) };
}

/** Sends the body when the server has begun with the request: it arrives by an event of its own. */
async function sendBodyLate(url: string, headers: Record<string, string>, body: string): Promise<number | undefined> {
  const sent = request(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue',
    },
  });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await text(response);
  return response.statusCode;
}

const ofKind = ({ spans }: TraceCollector, kind: number) => spans.filter((span) => span.kind === kind);

test('a passed call goes on with its caller’s trace, and hands it to the tenant', async () => {
  await using collector = await startTraceCollector();
  await using tenant = await startTenant();
  const log = captureLog();
  const gateway = await startUpstreamGateway(tenant.url, { config: tracedTo(collector.url), logger: log.logger });
  const headers = { ...gateway.callers.accessKey, ...SAMPLED };
  expect((await send(`${gateway.url}${PATH}`, { headers })).status).toBe(200);
  const asked = tenant.requests.findLast(({ part }) => part === 'api');
  await gateway[Symbol.asyncDispose]();

  const ours = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  expect(ours.map(({ kind, name, parentSpanId }) => ({ kind, name, parentSpanId }))).toEqual(
    expect.arrayContaining([
      { kind: SERVER, name: `GET ${ROUTE}`, parentSpanId: CALLER_SPAN },
      { kind: CLIENT, name: 'GET', parentSpanId: ours.find(({ kind }) => kind === SERVER)?.spanId },
    ]),
  );
  const out = ours.find(({ kind }) => kind === CLIENT);
  expect(asked?.headers.traceparent).toBe(`00-${TRACE_ID}-${out?.spanId}-01`);
  expect(out?.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'http.response.status_code': 200 });
  expect([...collector.serviceNames]).toEqual(['gateway-under-test']);
  expect(log.lines.find(({ route, msg }) => msg === 'request' && route === ROUTE)).toMatchObject({
    traceId: TRACE_ID,
  });
  expect(collector.received).not.toMatch(/telltale|lkat_|tenant-access-key|tenant-secret|tenant-client|tester/);
});

test('what a request with a body makes the gateway ask its tenant for is of the same trace', async () => {
  await using collector = await startTraceCollector();
  await using tenant = await startTenant();
  const gateway = await startUpstreamGateway(tenant.url, { config: tracedTo(collector.url) });
  const variables = { connectionId: gateway.connectionIds[0] };
  const body = JSON.stringify({ query: IssueTokenDocument.toString(), variables });
  const status = await sendBodyLate(`${gateway.url}/graphql`, { ...gateway.callers.superAdmin, ...SAMPLED }, body);
  expect(status).toBe(200);
  await gateway[Symbol.asyncDispose]();

  const ours = collector.spans.filter(({ traceId }) => traceId === TRACE_ID);
  expect(ours.map(({ kind, name }) => [kind, name])).toEqual(
    expect.arrayContaining([
      [SERVER, 'POST /graphql'],
      [CLIENT, 'POST'],
    ]),
  );
  expect(tenant.requests.findLast(({ part }) => part === 'token')?.headers.traceparent).toContain(TRACE_ID);
});

test('a request without a trace begins one; 5xx is an error of ours, 4xx is none', async () => {
  await using collector = await startTraceCollector();
  const gateway = await startTestGateway({ config: tracedTo(collector.url) });
  await post(`${gateway.url}${COMPATIBLE.token}`);
  await send(`${gateway.url}/nothing?here=telltale`);
  await gateway[Symbol.asyncDispose]();

  expect(
    collector.spans.map(({ name, attributes, status }) => [name, attributes['http.response.status_code'], status.code]),
  ).toEqual([
    ['POST /v1/users/m2m/oauth/token', 401, 0],
    ['GET none', 404, 0],
  ]);
  expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(2);
  expect(collector.spans.map(({ status }) => status.code)).not.toContain(ERROR);
  expect(collector.received).not.toContain('telltale');
});

test.each([
  ['its caller decided so', SAMPLED.traceparent.replace(/01$/, '00'), 1],
  ['nobody is to be', undefined, 0],
])('a request is not traced where %s, and the tenant learns that too', async (_why, traceparent, ratio) => {
  await using collector = await startTraceCollector();
  await using tenant = await startTenant();
  const gateway = await startUpstreamGateway(tenant.url, { config: tracedTo(collector.url, ratio) });
  const before = collector.spans.length;
  const headers = { ...gateway.callers.accessKey, ...(traceparent === undefined ? {} : { traceparent }) };
  await send(`${gateway.url}${PATH}`, { headers });
  await gateway[Symbol.asyncDispose]();

  expect(ofKind(collector, SERVER).filter(({ name }) => name === `GET ${ROUTE}`)).toEqual([]);
  expect(before).toBe(0);
  expect(tenant.requests.findLast(({ part }) => part === 'api')?.headers.traceparent).toMatch(/-00$/);
});

test('without a collector nothing is traced: a caller’s header reaches the tenant as it is', async () => {
  await using tenant = await startTenant();
  const log = captureLog();
  await using gateway = await startUpstreamGateway(tenant.url, { logger: log.logger });
  await send(`${gateway.url}${PATH}`, { headers: { ...gateway.callers.accessKey, ...SAMPLED } });

  expect(tenant.requests.findLast(({ part }) => part === 'api')?.headers.traceparent).toBe(SAMPLED.traceparent);
  expect(log.text).not.toContain('traceId');
});

test('a collector that is not there costs nobody an answer, and a stop ends', async () => {
  const gateway = await startTestGateway({ config: tracedTo(`http://127.0.0.1:${await freePort()}/v1/traces`) });
  for (let times = 0; times < 20; times++) expect((await send(`${gateway.url}/livez`)).status).toBe(200);
  await gateway[Symbol.asyncDispose]();
});
