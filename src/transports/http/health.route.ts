import type { FastifyInstance } from 'fastify';

/**
 * What the orchestrator asks: is the process alive, and may it be sent requests. `ping` rejects while the stores do not
 * answer, which the error handler makes a 503.
 */
export function registerHealthRoutes(server: FastifyInstance, ping: () => Promise<void>): void {
  server.get('/livez', async (_request, reply) => reply.type('application/json').send('{"status":"live"}'));
  server.get('/readyz', async (_request, reply) => {
    await ping();
    return reply.type('application/json').send('{"status":"ready"}');
  });
}
