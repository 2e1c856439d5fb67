import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AttachedCredential } from '../../domain/calls/upstream-access.js';
import { DomainError } from '../../domain/errors.js';
import { currentTrace } from '../../lib/trace.js';
import { untellStanding } from '../http/error-response.js';
import { sendBeforeBody } from '../http/unread-body.js';
import { headersForCaller, headersForTenant } from './passed-headers.js';

/** undici's code for a kept connection that the tenant closed at the moment of its reuse. */
const STALE_CONNECTION = 'UND_ERR_SOCKET';

interface TenantResponse {
  readonly statusCode: number;
  readonly stream: Readable;
}

/**
 * Forwards a call to its tenant and the response to the caller; resolves when the response begins. A tenant's 401
 * replaces the bearer, and a call that only reads is sent once more with the new bearer.
 * @throws DomainError TEMPORARILY_UNAVAILABLE if the tenant does not respond
 */
export async function passCall(
  request: FastifyRequest,
  reply: FastifyReply,
  attached: AttachedCredential,
  body: Readable | undefined,
): Promise<void> {
  const first = await exchange(request, reply, attached, body);
  if (first.response.statusCode !== 401) return send(request, reply, first.response);
  const mayRepeat = request.method === 'GET' || request.method === 'HEAD';
  const discard = () => {
    drop(first.response.stream);
    for (const name of Object.keys(first.headers)) reply.removeHeader(name);
  };
  const next = await attached.replace().catch((error: unknown) => {
    discard();
    throw error;
  });
  if (!mayRepeat || next === undefined) return send(request, reply, first.response);
  discard();
  send(request, reply, (await exchange(request, reply, next, body)).response);
}

/** Ends an unread response. undici reports the end as an error, which would crash the process unhandled. */
function drop(stream: Readable): void {
  stream.on('error', () => undefined).destroy();
}

/** The statuses by which a tenant tells the caller to come back later. */
const COME_BACK_LATER = [429, 503];

function send(request: FastifyRequest, reply: FastifyReply, { statusCode, stream }: TenantResponse): void {
  // Our limits are not what refused: our standing would contradict the tenant's Retry-After.
  if (COME_BACK_LATER.includes(statusCode)) untellStanding(reply);
  // A truncated response must not pass for a whole one: break the caller's connection too.
  stream.on('error', () => reply.raw.destroy());
  sendBeforeBody(request, reply, stream);
}

/** Sends a request to the tenant; resolves when `reply` has the response's status and headers. */
function exchange(
  request: FastifyRequest,
  reply: FastifyReply,
  { tenantUrl, header: [name, value] }: AttachedCredential,
  body: Readable | undefined,
): Promise<{ response: TenantResponse; headers: IncomingHttpHeaders }> {
  const traced = currentTrace.getStore()?.beginCall({ method: request.method, origin: tenantUrl });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      traced?.end(undefined);
      reject(error);
    };
    let headers: IncomingHttpHeaders = {};
    request.body = body;
    body?.once('error', fail);
    reply.from(`${tenantUrl}${request.raw.url}`, {
      rewriteRequestHeaders: (_request, given) => ({
        ...headersForTenant(given as IncomingHttpHeaders, [name, value.reveal()], body !== undefined),
        ...traced?.headers,
      }),
      rewriteHeaders: (given) => {
        headers = headersForCaller(given as IncomingHttpHeaders);
        return headers as Record<string, string>;
      },
      // Retry only a reading call on a stale connection, which the tenant cannot have received.
      retryDelay: ({ err, attempt }) => {
        const isStale = (err as { code?: string } | null)?.code === STALE_CONNECTION;
        return isStale && attempt === 0 && (request.method === 'GET' || request.method === 'HEAD') ? 1 : null;
      },
      onResponse: (_request, _reply, given) => {
        const response = given as unknown as TenantResponse;
        traced?.end(response.statusCode);
        resolve({ response, headers });
      },
      onError: (_reply, { error }) => fail(unanswered(error)),
    });
  });
}

/** Keeps the error's code alone, since its message may quote the request. */
function unanswered(error: Error): DomainError {
  if (error instanceof DomainError) return error;
  const cause = error.cause as { code?: string } | undefined;
  if (cause instanceof DomainError) return cause;
  const code = cause?.code ?? (error as { code?: string }).code ?? error.name;
  return new DomainError('TEMPORARILY_UNAVAILABLE', { detail: `the tenant gave no answer: ${code}` });
}
