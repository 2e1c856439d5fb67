import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AttachedCredential } from '../../domain/calls/upstream-access.js';
import { DomainError } from '../../domain/errors.js';
import { headersForCaller, headersForTenant } from './passed-headers.js';

/** What undici says of a kept connection that the tenant closed at the moment of its next use. */
const STALE_CONNECTION = 'UND_ERR_SOCKET';

interface TenantResponse {
  readonly statusCode: number;
  readonly stream: Readable;
}

/**
 * Sends a call to its tenant and the answer to the caller; resolves when the answer has begun. Where the tenant says 401 the
 * bearer is replaced, and a call that only reads is sent again with the next one, once.
 * @throws DomainError TEMPORARILY_UNAVAILABLE where the tenant gives no answer
 */
export async function passCall(
  request: FastifyRequest,
  reply: FastifyReply,
  attached: AttachedCredential,
  body: Readable | undefined,
): Promise<void> {
  const first = await exchange(request, reply, attached, body);
  if (first.response.statusCode !== 401) return send(reply, first.response);
  const mayRepeat = request.method === 'GET' || request.method === 'HEAD';
  const next = await attached.replace();
  if (!mayRepeat || next === undefined) return send(reply, first.response);
  drop(first.response.stream);
  for (const name of Object.keys(first.headers)) reply.removeHeader(name);
  send(reply, (await exchange(request, reply, next, body)).response);
}

/** Ends an answer that nobody reads. That it was ended is an error to undici, and would be one that nobody handles. */
function drop(stream: Readable): void {
  stream.on('error', () => undefined).destroy();
}

function send(reply: FastifyReply, { stream }: TenantResponse): void {
  // What breaks off at the tenant breaks off at the caller: no half of an answer passes for a whole one.
  stream.on('error', () => reply.raw.destroy());
  reply.send(stream);
}

/** One request to the tenant, and the beginning of its answer, whose status and headers `reply` has then. */
function exchange(
  request: FastifyRequest,
  reply: FastifyReply,
  { tenantUrl, header: [name, value] }: AttachedCredential,
  body: Readable | undefined,
): Promise<{ response: TenantResponse; headers: IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {};
    request.body = body;
    body?.once('error', reject);
    reply.from(`${tenantUrl}${request.raw.url}`, {
      rewriteRequestHeaders: (_request, given) =>
        headersForTenant(given as IncomingHttpHeaders, [name, value.reveal()], body !== undefined),
      rewriteHeaders: (given) => {
        headers = headersForCaller(given as IncomingHttpHeaders);
        return headers as Record<string, string>;
      },
      // Nothing is repeated but what cannot have been received.
      retryDelay: ({ err, attempt }) => {
        const isStale = (err as { code?: string } | null)?.code === STALE_CONNECTION;
        return isStale && attempt === 0 && (request.method === 'GET' || request.method === 'HEAD') ? 1 : null;
      },
      onResponse: (_request, _reply, response) => resolve({ response: response as unknown as TenantResponse, headers }),
      onError: (_reply, { error }) => reject(unanswered(error)),
    });
  });
}

/** Why there is no answer: by its code alone, since messages may quote what was sent. */
function unanswered(error: Error): DomainError {
  if (error instanceof DomainError) return error;
  const cause = error.cause as { code?: string } | undefined;
  if (cause instanceof DomainError) return cause;
  const code = cause?.code ?? (error as { code?: string }).code ?? error.name;
  return new DomainError('TEMPORARILY_UNAVAILABLE', { detail: `the tenant gave no answer: ${code}` });
}
