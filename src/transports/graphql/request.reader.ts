import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { parseJson } from '../http/body.js';
import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';
import { negotiateMediaType, RESPONSE_TYPE } from './media-type.js';

/**
 * Reads the operation of a POST, and settles its `Accept` header.
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, NOT_ACCEPTABLE; as parseJson
 */
export function readPost(request: FastifyRequest): unknown {
  requireJson(request.headers['content-type']);
  settleMediaType(request);
  return parseJson(request.body as Buffer | undefined);
}

/** The headers that a page of another origin can send only where the gateway's CORS settings let it. */
export const CREDENTIAL_HEADERS = ['authorization', 'accesskey'] as const;

/**
 * Checks a GET whose URL has the operation, and settles its `Accept` header. Apollo reads the operation.
 * @throws DomainError INVALID_REQUEST for a WebSocket; UNAUTHENTICATED without a credential in a header;
 *   NOT_ACCEPTABLE; as parseJson
 */
export function checkGet(request: FastifyRequest): void {
  if (/^websocket$/i.test(request.headers.upgrade ?? '')) {
    throw new DomainError('INVALID_REQUEST', {
      hint: 'There are no WebSockets and no subscriptions here: send queries and mutations by POST.',
    });
  }
  if (CREDENTIAL_HEADERS.every((name) => request.headers[name] === undefined)) {
    throw new DomainError('UNAUTHENTICATED', {
      hint: 'A query by GET needs a credential in the Authorization or accesskey header; POST takes every operation.',
    });
  }
  settleMediaType(request);
  const { searchParams } = new URL(request.url, 'http://any.invalid');
  for (const name of ['variables', 'extensions']) {
    for (const json of searchParams.getAll(name)) parseJson(Buffer.from(json), `${name} parameter`);
  }
}

/** Sets `Accept` to the response's media type: Apollo would negotiate again, by other rules and after execution. */
function settleMediaType({ headers }: FastifyRequest): void {
  const mediaType = negotiateMediaType(headers.accept);
  if (mediaType === undefined) {
    throw new DomainError('NOT_ACCEPTABLE', {
      hint: `Accept ${RESPONSE_TYPE} or ${JSON_TYPE}: answers come whole here, and there are no subscriptions.`,
    });
  }
  // Without `Accept`, Apollo answers in JSON and skips negotiation.
  if (headers.accept !== undefined) headers.accept = mediaType;
}

function requireJson(contentType: string | undefined): void {
  if (mediaTypeOf(contentType) !== JSON_TYPE) throw new DomainError('UNSUPPORTED_MEDIA_TYPE');
  const [, charset] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '') ?? [];
  if (charset !== undefined && !isUtf8Label(charset)) {
    const named = /^[\w.:+-]{1,40}$/.test(charset) ? `, not in ${charset}` : '';
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', { hint: `Send the operation in UTF-8${named}.` });
  }
}

/** The WHATWG's Encoding Standard has more labels for UTF-8 than `utf-8`. */
function isUtf8Label(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding === 'utf-8';
  } catch {
    return false;
  }
}
