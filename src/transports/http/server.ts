import { randomUUID } from 'node:crypto';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { Logger } from '../../lib/logger.js';
import { REST_BODY_BYTES_MAX } from './body.js';
import { sendFailure } from './error-response.js';
import { refuseExpectation, refuseUnreadable } from './unreadable-request.js';

/** A request has to arrive whole within this; a client that drips bytes is cut off. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the idle time-outs of common proxies, so that they close first and no request meets a closed socket. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const METHODS = ['GET', 'HEAD', 'POST'] as const;

/**
 * The HTTP listener that all transports share. Every answer has a request id and may not be stored; bodies reach the
 * routes as bytes, whatever their Content-Type says, and each route decides what it takes.
 */
export function createHttpServer(logger: Logger): FastifyInstance {
  const server = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: REST_BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // How often Node looks for requests that are late: the time-out is true to this.
    http: { requireHostHeader: false, connectionsCheckingInterval: 1_000 },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => {
      identify(request, reply);
      sendFailure(error, request, reply, { dialect: 'compatible', logger });
    },
  });
  // A connection that is kept alive would hold a stop up for as long as it is kept.
  server.addHook('preClose', (done) => {
    server.server.keepAliveTimeout = 1;
    server.server.keepAliveTimeoutBuffer = 0;
    done();
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.server.on('checkExpectation', refuseExpectation);
  server.addHook('onRequest', (request, reply, done) => {
    identify(request, reply);
    // RFC 9112 section 3.2. Node would refuse it too, but without a body.
    const hostless = request.headers.host === undefined && request.raw.httpVersion === '1.1';
    done(hostless ? new DomainError('INVALID_REQUEST', { hint: 'The Host header is missing.' }) : undefined);
  });
  if (logger.debugs) {
    server.addHook('onResponse', (request, reply, done) => {
      logger.debug('request', {
        requestId: request.id,
        method: request.method,
        route: routeOf(request),
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
      });
      done();
    });
  }
  server.setErrorHandler((error, request, reply) =>
    sendFailure(error, request, reply, { dialect: 'compatible', logger }),
  );
  server.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const allowed = METHODS.filter((method) => server.hasRoute({ method, url: path }));
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    const error = new DomainError(allowed.length > 0 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND');
    return sendFailure(error, request, reply, { dialect: 'compatible', logger });
  });
  return server;
}

function identify(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id).header('cache-control', 'no-store');
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
