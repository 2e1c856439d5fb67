import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { isWithin } from '../../domain/connections/cidr.js';
import { DomainError } from '../../domain/errors.js';
import type { Logger } from '../../lib/logger.js';
import { http } from '../../lib/node-http.js';
import { codingFault, REST_BODY_BYTES_MAX } from './body.js';
import { sendFailure } from './error-response.js';
import { createRequestWatch, type RequestObserver } from './finished-request.js';
import type { FrontDoor } from './front-door.js';
import { OpenConnections } from './open-connections.js';
import { countHeaders, FORM_TYPE, JSON_TYPE } from './request-headers.js';
import { createRequestLog } from './request-log.js';
import { type BeginTrace, traceRequests } from './traced-requests.js';
import { refuseExpectation, refuseUnreadable } from './unreadable-request.js';
import { explainUnrouted } from './unrouted.js';

/** Longer than common proxies' idle time-outs: the proxy closes first, so no request meets a closed socket. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** How long a connection is silent before TCP asks whether its client is still there. */
const TCP_PROBE_AFTER_MS = 5_000;

/** The process's stage of life. */
export interface Lifecycle {
  /** A draining process still serves requests, and tells proxies to send no more. */
  isDraining: boolean;
}

/** Time limits on the client's phases of a request. */
interface Deadlines {
  /** A request must arrive whole within this time, which cuts off a client that drips bytes. */
  readonly requestMs: number;
  /** A client must read some of its response within this time, since unread data occupies memory. */
  readonly idleMs: number;
}

const DEADLINES: Deadlines = { requestMs: 15_000, idleMs: 60_000 };

interface HttpServerOptions {
  /** The CIDRs whose forwarded headers count. */
  readonly trustedProxies?: readonly string[];
  readonly deadlines?: Deadlines;
  /** Whether each request is a line of the log at `info`. */
  readonly logsRequests?: boolean;
  /** Who else is told of each request's end. */
  readonly observers?: readonly RequestObserver[];
  /** Where routes answer from memory. */
  readonly frontDoor?: FrontDoor;
  /** Undefined: no traces. */
  readonly beginTrace?: BeginTrace | undefined;
}

/**
 * The HTTP listener of all transports. Every response has a request id and forbids storage. Bodies reach the routes as
 * bytes of any Content-Type; each route decides what to accept.
 */
export function createHttpServer(
  logger: Logger,
  lifecycle: Lifecycle,
  {
    trustedProxies = [],
    deadlines = DEADLINES,
    logsRequests = false,
    observers = [],
    frontDoor,
    beginTrace,
  }: HttpServerOptions = {},
): FastifyInstance {
  const allObservers = [...createRequestLog(logger, logsRequests), ...observers];
  const watch = createRequestWatch(allObservers);
  const server = fastify({
    logger: false,
    // Read from the right: a trusted proxy vouches for the address it adds; the addresses before are the caller's claim.
    trustProxy: trustedProxies.length > 0 && ((address: string) => isWithin(trustedProxies, address)),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: REST_BODY_BYTES_MAX,
    // Our own hook refuses requests during a stop.
    return503OnClosing: false,
    // Fastify would open a second server for a host with two addresses, without this server's settings.
    serverFactory: (handler) => {
      // A trace is of Fastify's hooks.
      const door = beginTrace === undefined ? frontDoor : undefined;
      const parts = { fastify: handler, observers: allObservers, lifecycle, isStopping: () => isStopping };
      return openServer(door?.listener(parts) ?? handler, deadlines);
    },
    forceCloseConnections: 'idle',
    // Routes have no JSON schemas: without the schema compilers, a tenth of all code stays unloaded.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => {
      watch(request, reply.raw);
      identify(request, reply);
      // The router cannot read the path, so the request reached no scope.
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
  // Fastify finds an exact entry without parsing the Content-Type for each request; '*' matches the rest.
  server.addContentTypeParser([JSON_TYPE, FORM_TYPE, '*'], { parseAs: 'buffer' }, (request, body, done) =>
    done(codingFault(request.headers['content-encoding']), body),
  );
  server.server.on('checkExpectation', refuseExpectation);
  // Before what refuses: Fastify runs no hook after an error.
  if (beginTrace !== undefined) traceRequests(server, beginTrace);
  server.addHook('onRequest', (request, reply, done) => {
    watch(request, reply.raw);
    identify(request, reply);
    if (lifecycle.isDraining || isStopping) reply.header('connection', 'close');
    done(isStopping ? new DomainError('TEMPORARILY_UNAVAILABLE', { detail: 'stopping' }) : hostFault(request.raw));
  });
  // What came before the drain and is answered in it: a kept connection would lose a later request at its end.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
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
  return http.createServer(
    {
      requireHostHeader: false,
      requestTimeout: requestMs,
      // Node applies the larger time-out to the whole request.
      headersTimeout: requestMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // TCP's probes find a vanished subscriber between two heartbeats, which would restart them.
      keepAlive: true,
      keepAliveInitialDelay: TCP_PROBE_AFTER_MS,
      // How often Node looks for late requests: the precision of the time-out.
      connectionsCheckingInterval: Math.min(requestMs, 1_000),
    },
    handler,
  );
}

/** RFC 9112 section 3.2: exactly one Host. Node would refuse a missing Host too, but without a body. */
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
