import type { FastifyInstance } from 'fastify';
import type { Database } from '../../domain/database/database.js';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Lifecycle } from './server.js';

/** What readiness depends on. */
interface Dependencies {
  readonly database: Pick<Database, 'checkHealth'>;
  readonly limits: Pick<LimitService, 'mode'>;
  readonly lifecycle: Lifecycle;
}

/**
 * What the orchestrator asks: is the process alive, and may it be sent requests. Not while it drains, and not while
 * nothing could be served, which the error handler makes a 503. What is merely degraded serves what it can: taking
 * every replica out for it would serve nothing.
 */
export function registerHealthRoutes(server: FastifyInstance, { database, limits, lifecycle }: Dependencies): void {
  server.get('/livez', async (_request, reply) => reply.type('application/json').send('{"status":"live"}'));
  server.get('/readyz', async (_request, reply) => {
    if (lifecycle.isDraining) throw new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'draining' });
    const { degradedBy } = await database.checkHealth();
    return reply.type('application/json').send(JSON.stringify({ status: 'ready', degradedBy, limits: limits.mode }));
  });
}
