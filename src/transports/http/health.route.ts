import type { FastifyInstance } from 'fastify';
import type { Database } from '../../domain/database/database.js';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Lifecycle } from './server.js';

/** The dependencies of readiness. */
interface Dependencies {
  readonly database: Pick<Database, 'checkHealth' | 'gateways'>;
  readonly limits: Pick<LimitService, 'mode'>;
  readonly lifecycle: Lifecycle;
}

/**
 * Tells the orchestrator whether the process is alive and ready. A draining process or an unusable database answers
 * 503. A degraded replica stays ready: removing every degraded replica would serve nothing.
 */
export function registerHealthRoutes(server: FastifyInstance, { database, limits, lifecycle }: Dependencies): void {
  server.get('/livez', async (_request, reply) => reply.type('application/json').send('{"status":"live"}'));
  server.get('/readyz', async (_request, reply) => {
    if (lifecycle.isDraining) throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'draining' });
    const { degradedBy } = await database.checkHealth();
    return reply.type('application/json').send(
      JSON.stringify({
        status: degradedBy === undefined ? 'ready' : 'degraded',
        degradedBy,
        writes: degradedBy === 'database' ? 'unavailable' : undefined,
        gateways: database.gateways,
        limits: limits.mode,
      }),
    );
  });
}
