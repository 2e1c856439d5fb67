import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { isWithin } from '../../domain/access/cidr.js';
import { DomainError } from '../../domain/errors.js';
import type { Logger } from '../../lib/logger.js';
import { REST_BODY_BYTES_MAX } from './body.js';
import { sendFailure } from './error-response.js';
import { countHeaders, FORM_TYPE, JSON_TYPE } from './request-headers.js';
import { refuseExpectation, refuseUnreadable } from './unreadable-request.js';

/** A request has to arrive whole within this; a client that drips bytes is cut off. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the idle time-outs of common proxies, so that they close first and no request meets a closed socket. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const METHODS = ['GET', 'HEAD', 'POST'] as const;

/** Where the process stands in its life. */
export interface Lifecycle {
  /** It was told to stop: what comes is still served, and proxies are told to send nothing more. */
  isDraining: boolean;
}

/**
 * The HTTP listener that all transports share. `trustedProxies` are the CIDRs whose forwarded headers are believed. Every answer has a request id and may not be stored; bodies reach the
 * routes as bytes, whatever their Content-Type says, and each route decides what it takes.
 */
export function createHttpServer(
  logger: Logger,
  lifecycle: Lifecycle,
  trustedProxies: readonly string[] = [],
): FastifyInstance {
  const server = fastify({
    logger: false,
    // Read from the right: whoever a trusted proxy names is believed, what stands before is the caller's own word.
    trustProxy: trustedProxies.length > 0 && ((address: string) => isWithin(trustedProxies, address)),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: REST_BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // No route has a JSON schema, so the compilers for them, a tenth of all code that would be loaded, stay out.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    // How often Node looks for requests that are late: the time-out is true to this.
    http: { requireHostHeader: false, connectionsCheckingInterval: 1_000 },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => {
      identify(request, reply);
      sendFailure(error, request, reply, { dialect: 'compatible', logger });
    },
  });
  // Node gives the larger of the two to the whole request.
  server.server.headersTimeout = REQUEST_TIMEOUT_MS;
  // A connection that is kept alive would hold a stop up for as long as it is kept.
  server.addHook('preClose', (done) => {
    server.server.keepAliveTimeout = 1;
    server.server.keepAliveTimeoutBuffer = 0;
    done();
  });
  server.removeAllContentTypeParsers();
  // What has its own entry is found without reading the Content-Type anew for each request; '*' is everything else.
  server.addContentTypeParser([JSON_TYPE, FORM_TYPE, '*'], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  server.server.on('checkExpectation', refuseExpectation);
  server.addHook('onRequest', (request, reply, done) => {
    identify(request, reply);
    if (lifecycle.isDraining) reply.header('connection', 'close');
    done(hostFault(request.raw));
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

/** RFC 9112 section 3.2: exactly one. Node would refuse a missing one too, but without a body. */
function hostFault(message: IncomingMessage): DomainError | undefined {
  const count = countHeaders(message, 'host');
  if (count === 1 || (count === 0 && message.httpVersion !== '1.1')) return undefined;
  return new DomainError('INVALID_REQUEST', { hint: 'Send one Host header.' });
}

function refuseSchema(): never {
  throw new Error('Routes check their input themselves: give them no schema.');
}

function identify(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id).header('cache-control', 'no-store');
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
