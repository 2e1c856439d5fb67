import type { FastifyInstance } from 'fastify';
import { DomainError } from '../../domain/errors.js';

/** What the orchestrator asks: is the process alive, and may it be sent requests. */
export function registerHealthRoutes(server: FastifyInstance, isReady: () => Promise<boolean>): void {
  server.get('/livez', async (_request, reply) => reply.type('application/json').send('{"status":"live"}'));
  server.get('/readyz', async (_request, reply) => {
    if (!(await isReady())) throw new DomainError('TEMPORARILY_UNAVAILABLE');
    return reply.type('application/json').send('{"status":"ready"}');
  });
}
