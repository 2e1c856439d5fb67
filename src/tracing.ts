import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracesConfig } from './config.observation.js';
import type { CallOut, TracedCall } from './lib/trace.js';
import type { BeginTrace } from './transports/http/traced-requests.js';

/** How long the last spans may take to reach the collector when the gateway ends. */
const FLUSH_MS = 2_000;
const NO_ANSWER = { code: SpanStatusCode.ERROR };

/** What sends spans to a collector. */
export interface Tracing {
  readonly begin: BeginTrace;
  /** Sends what is left. */
  close(): Promise<void>;
}

const propagator = new W3CTraceContextPropagator();

/**
 * Traces requests and the calls out that they make, by OpenTelemetry, in OTLP's JSON over HTTP. Spans name routes, methods,
 * statuses and origins; no path, query, header, body or identifier of a caller is in them.
 */
export function openTracing({ endpoint, serviceName, sampledRatio }: TracesConfig): Tracing {
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: endpoint }) })],
  });
  const tracer = provider.getTracer('latchkey');
  return {
    begin: ({ method, route, headers }) => {
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      const attributes = { 'http.request.method': method, 'http.route': route };
      const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
      return {
        id: span.spanContext().traceId,
        beginCall: (call) => beginCall(tracer, span, call),
        end: (status) => end(span, status, 500),
      };
    },
    close: async () => {
      const late = new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
    },
  };
}

function beginCall(tracer: Tracer, parent: Span, { method, origin }: CallOut): TracedCall {
  const { hostname } = new URL(origin);
  const attributes = { 'http.request.method': method, 'server.address': hostname };
  const around = trace.setSpan(ROOT_CONTEXT, parent);
  const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes }, around);
  const headers: Record<string, string> = {};
  propagator.inject(trace.setSpan(ROOT_CONTEXT, span), headers, defaultTextMapSetter);
  return { headers, end: (status) => end(span, status, 400) };
}

/** OpenTelemetry's HTTP conventions: for a server 5xx is an error, for a client 4xx too. */
function end(span: Span, status: number | undefined, errorFrom: number): void {
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  if (status === undefined || status >= errorFrom) span.setStatus(NO_ANSWER);
  span.end();
}
