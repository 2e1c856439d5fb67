import { z } from 'zod';
import { collectorUrl, flag, port, ratio } from './config.fields.js';

/** What operators see of the running gateway, beside its log of events. */
export interface ObservationConfig {
  /** Whether each request is a line of the log. */
  readonly logsRequests: boolean;
  /** Undefined: no metrics. */
  readonly metrics: MetricsConfig | undefined;
  /** Undefined: no traces. */
  readonly traces: TracesConfig | undefined;
}

/** The listener of Prometheus's scrapes. */
export interface MetricsConfig {
  readonly host: string;
  /** 0: any free port, which the log names. */
  readonly port: number;
}

/** Where traces go. */
export interface TracesConfig {
  /** The collector's URL for OTLP over HTTP. */
  readonly endpoint: string;
  readonly serviceName: string;
  /** Which part of the requests without a trace of their own is traced, from 0 to 1. */
  readonly sampledRatio: number;
}

/** The names of traces are OpenTelemetry's own, which operators have in their templates. */
export const observationSettings = {
  LATCHKEY_REQUEST_LOG: flag.default(false),
  LATCHKEY_METRICS_HOST: z.string().default('127.0.0.1'),
  LATCHKEY_METRICS_PORT: port.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collectorUrl.optional(),
  OTEL_SERVICE_NAME: z.string().default('latchkey'),
  OTEL_TRACES_SAMPLER_ARG: ratio.default(1),
};
const fields = z.object(observationSettings);
type Settings = z.output<typeof fields>;

export function readObservation(settings: Settings): ObservationConfig {
  const { LATCHKEY_METRICS_HOST: host, LATCHKEY_METRICS_PORT: metricsPort } = settings;
  return {
    logsRequests: settings.LATCHKEY_REQUEST_LOG,
    metrics: metricsPort === undefined ? undefined : { host, port: metricsPort },
    traces: readTraces(settings),
  };
}

function readTraces(settings: Settings): TracesConfig | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = settings;
  const endpoint = own ?? (base && `${base.replace(/\/$/, '')}/v1/traces`);
  if (endpoint === undefined) return undefined;
  return { endpoint, serviceName: settings.OTEL_SERVICE_NAME, sampledRatio: settings.OTEL_TRACES_SAMPLER_ARG };
}
