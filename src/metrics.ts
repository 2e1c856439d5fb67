import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { MetricsConfig } from './config.observation.js';
import type { Logger } from './lib/logger.js';
import { StartupError } from './lib/startup-error.js';
import type { MetricRegistry, MetricSources } from './metric.registry.js';
import { createMetricsServer } from './transports/http/metrics.server.js';

/** Where metrics are on: what they are told, and how they are served. */
export interface OpenMetrics {
  readonly registry: MetricRegistry;
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Loads the library only where metrics are on; undefined where they are off. */
export async function openMetrics(
  config: MetricsConfig | undefined,
  sources: MetricSources & { readonly logger: Logger },
): Promise<OpenMetrics | undefined> {
  if (config === undefined) return undefined;
  const { MetricRegistry } = await import('./metric.registry.js');
  const registry = new MetricRegistry(sources);
  const server = createMetricsServer(registry.registry);
  return {
    registry,
    listen: async () => {
      server.listen({ host: config.host, port: config.port });
      await once(server, 'listening').catch((error: { code?: string }) => {
        throw new StartupError(
          `Metrics cannot be served at ${config.host}:${config.port} (${error.code}). Set LATCHKEY_METRICS_PORT to a free port, and LATCHKEY_METRICS_HOST to an address of this machine.`,
        );
      });
      const { address, family, port } = server.address() as AddressInfo;
      const host = family === 'IPv6' ? `[${address}]` : address;
      sources.logger.info('metrics are served', { url: `http://${host}:${port}/metrics` });
    },
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
