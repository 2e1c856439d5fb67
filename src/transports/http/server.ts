import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { isWithin } from '../../domain/connections/cidr.js';
import { DomainError } from '../../domain/errors.js';
import type { Logger } from '../../lib/logger.js';
import { codingFault, REST_BODY_BYTES_MAX } from './body.js';
import { sendFailure } from './error-response.js';
import { OpenConnections } from './open-connections.js';
import { countHeaders, FORM_TYPE, JSON_TYPE } from './request-headers.js';
import { refuseExpectation, refuseUnreadable } from './unreadable-request.js';
import { explainUnrouted } from './unrouted.js';

/** Longer than the idle time-outs of common proxies, so that they close first and no request meets a closed socket. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Where the process stands in its life. */
export interface Lifecycle {
  /** It was told to stop: what comes is still served, and proxies are told to send nothing more. */
  isDraining: boolean;
}

/** How long the phases of a request may take that are the client's. */
interface Deadlines {
  /** A request has to arrive whole within this; a client that drips bytes is cut off. */
  readonly requestMs: number;
  /**
   * A client that takes nothing of its answer for this long is cut off: it holds the memory of what it does not take.
   */
  readonly idleMs: number;
}

const DEADLINES: Deadlines = { requestMs: 15_000, idleMs: 60_000 };

/**
 * The HTTP listener that all transports share. `trustedProxies` are the CIDRs whose forwarded headers are believed.
 * Every answer has a request id and may not be stored; bodies reach the routes as bytes, whatever their Content-Type
 * says, and each route decides what it takes.
 */
export function createHttpServer(
  logger: Logger,
  lifecycle: Lifecycle,
  trustedProxies: readonly string[] = [],
  deadlines = DEADLINES,
): FastifyInstance {
  const server = fastify({
    logger: false,
    // Read from the right: whoever a trusted proxy names is believed, what stands before is the caller's own word.
    trustProxy: trustedProxies.length > 0 && ((address: string) => isWithin(trustedProxies, address)),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: REST_BODY_BYTES_MAX,
    // While it stops, our own hook refuses what comes.
    return503OnClosing: false,
    // Else the framework opens a second server for a host of two addresses, without what is set on the first.
    serverFactory: (handler) => openServer(handler, deadlines),
    forceCloseConnections: 'idle',
    // No route has a JSON schema, so the compilers for them, a tenth of all code that would be loaded, stay out.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => {
      identify(request, reply);
      // The router could not read its path: it reached no scope.
      const dialect = request.raw.url?.startsWith('/oauth2/') ? 'standard' : 'compatible';
      sendFailure(error, request, reply, { dialect, logger });
    },
  });
  let isStopping = false;
  const connections = new OpenConnections(server.server, deadlines.idleMs);
  server.addHook('preClose', (done) => {
    isStopping = true;
    connections.end();
    done();
  });
  server.removeAllContentTypeParsers();
  // What has its own entry is found without reading the Content-Type anew for each request; '*' is everything else.
  server.addContentTypeParser([JSON_TYPE, FORM_TYPE, '*'], { parseAs: 'buffer' }, (request, body, done) =>
    done(codingFault(request.headers['content-encoding']), body),
  );
  server.server.on('checkExpectation', refuseExpectation);
  server.addHook('onRequest', (request, reply, done) => {
    identify(request, reply);
    if (lifecycle.isDraining || isStopping) reply.header('connection', 'close');
    done(isStopping ? new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'stopping' }) : hostFault(request.raw));
  });
  if (logger.debugs) server.addHook('onRequest', (request, reply, done) => logRequest(logger, request, reply, done));
  server.setErrorHandler((error, request, reply) =>
    sendFailure(error, request, reply, { dialect: 'compatible', logger }),
  );
  server.setNotFoundHandler((request, reply) => {
    const error = explainUnrouted(server, request, reply);
    return sendFailure(error, request, reply, { dialect: 'compatible', logger });
  });
  return server;
}

function openServer(handler: RequestListener, { requestMs }: Deadlines): Server {
  return createServer(
    {
      requireHostHeader: false,
      requestTimeout: requestMs,
      // Node gives the larger of the two to the whole request.
      headersTimeout: requestMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // How often Node looks for requests that are late: the time-out is true to this.
      connectionsCheckingInterval: Math.min(requestMs, 1_000),
    },
    handler,
  );
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

/** A line for each request when it is over, whole or not: the framework's `onResponse` knows none whose client left. */
function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.raw.once('close', () => {
    logger.debug('request', {
      requestId: request.id,
      method: request.method,
      route: routeOf(request),
      // What was never answered has no status.
      ...(reply.raw.headersSent ? { status: reply.raw.statusCode } : {}),
      durationMs: Math.round(reply.elapsedTime * 1000) / 1000,
    });
  });
  done();
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}
