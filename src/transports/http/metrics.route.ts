import type { FastifyInstance } from 'fastify';
import type { LimitService } from '../../domain/limits/limit.service.js';

const MODES = ['exact', 'closed', 'share', 'off'] as const;

/**
 * Prometheus metrics of the process and of limits in total, never of an organisation, client or user. The first request
 * loads the library.
 */
export function registerMetricsRoute(server: FastifyInstance, limits: Pick<LimitService, 'mode' | 'outcomes'>): void {
  let registry: Promise<Awaited<ReturnType<typeof createRegistry>>> | undefined;
  server.get('/metrics', async (_request, reply) => {
    registry ??= createRegistry(limits);
    const metrics = await registry.catch((error: unknown) => {
      registry = undefined;
      throw error;
    });
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
}

async function createRegistry(limits: Pick<LimitService, 'mode' | 'outcomes'>) {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'latchkey_limits_mode',
    help: 'How calls are counted now: 1 for the mode that is in force. closed: refused, share: by this replica alone.',
    labelNames: ['mode'],
    registers,
    collect() {
      for (const mode of MODES) this.set({ mode }, limits.mode === mode ? 1 : 0);
    },
  });
  new Counter({
    name: 'latchkey_limit_decisions_total',
    help: 'Requests that a limit was asked about, by policy and outcome.',
    labelNames: ['policy', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { policy, outcome, count } of limits.outcomes) this.inc({ policy, outcome }, count);
    },
  });
  return registry;
}
