import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { parseJson } from '../http/body.js';
import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';
import { negotiateMediaType, RESPONSE_TYPE } from './media-type.js';

/**
 * Reads a request's operation, and sets its `Accept` header to the response's media type: Apollo would negotiate again,
 * by other rules and after execution.
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, NOT_ACCEPTABLE; as parseJson
 */
export function readRequest(request: FastifyRequest): unknown {
  const { headers } = request;
  requireJson(headers['content-type']);
  const mediaType = negotiateMediaType(headers.accept);
  if (mediaType === undefined) {
    throw new DomainError('NOT_ACCEPTABLE', { hint: `Accept ${RESPONSE_TYPE} or ${JSON_TYPE}.` });
  }
  // Without `Accept`, Apollo answers in JSON and skips negotiation.
  if (headers.accept !== undefined) headers.accept = mediaType;
  return parseJson(request.body as Buffer | undefined);
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
