import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { currentTrace, type Trace } from '../../lib/trace.js';
import type { FinishedRequest } from './finished-request.js';

/** A trace of one request, until its end. */
export interface RequestTrace extends Trace {
  end(status: number | undefined): void;
}

/** Begins the trace of a request, or goes on with the one of its headers. */
export type BeginTrace = (
  request: Pick<FinishedRequest, 'method' | 'route'> & { headers: IncomingHttpHeaders },
) => RequestTrace;

/** Runs each request within its trace. Fastify keeps the context of the hook beyond the events that bring a body. */
export function traceRequests(server: FastifyInstance, begin: BeginTrace): void {
  server.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const trace = begin({ method: request.method, route, headers: request.headers });
    reply.raw.once('close', () => trace.end(reply.raw.headersSent ? reply.raw.statusCode : undefined));
    currentTrace.run(trace, done);
  });
}
