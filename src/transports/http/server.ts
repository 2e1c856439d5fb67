import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { Logger } from '../../lib/logger.js';
import { REST_BODY_BYTES_MAX } from './body.js';
import { sendFailure } from './error-response.js';

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
    clientErrorHandler: refuseUnreadableRequest,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
    done();
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

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

/** What cannot be read as HTTP at all never becomes a request: it is answered on the bare socket. */
function refuseUnreadableRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  const requestId = randomUUID();
  const body = JSON.stringify({ requestId, error: 'invalid_request' });
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'cache-control: no-store',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
