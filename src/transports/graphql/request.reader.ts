import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import { parseJson } from '../http/body.js';
import { JSON_TYPE, mediaTypeOf } from '../http/request-headers.js';
import { negotiateMediaType, RESPONSE_TYPE } from './media-type.js';

/** What a client sends of an operation, unchecked: Apollo checks the types. */
export interface OperationParams {
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
  /** The id of a registered document, in place of the document. */
  readonly documentId?: unknown;
}

/**
 * Reads the operation of a POST.
 * @throws DomainError UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST; as parseJson
 */
export function readPost(request: FastifyRequest): OperationParams {
  requireJson(request.headers['content-type']);
  const body = parseJson(request.body as Buffer | undefined);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new DomainError('INVALID_REQUEST', {
    hint: 'The body must be one JSON object: {"query": "…"}. Batches are off; send each operation by itself.',
  });
}

/** The headers that a page of another origin can send only where the gateway's CORS settings let it. */
export const CREDENTIAL_HEADERS = ['authorization', 'accesskey'] as const;
/** The parameters of a GET that are JSON. */
const JSON_PARAMS = ['variables', 'extensions'] as const;

/**
 * Reads the operation of a GET.
 * @throws DomainError UNAUTHENTICATED without a credential in a header; INVALID_REQUEST for a WebSocket and for a
 * parameter that repeats; as parseJson
 */
export function readGet(request: FastifyRequest): OperationParams {
  if (/^websocket$/i.test(request.headers.upgrade ?? '')) {
    throw new DomainError('INVALID_REQUEST', {
      hint: 'There are no WebSockets here: subscribe over HTTP, with Accept: text/event-stream.',
    });
  }
  if (CREDENTIAL_HEADERS.every((name) => request.headers[name] === undefined)) {
    throw new DomainError('UNAUTHENTICATED', {
      hint: 'A query by GET needs a credential in the Authorization or accesskey header; POST takes every operation.',
    });
  }
  const params: Record<string, unknown> = {};
  for (const [name, value] of new URL(request.url, 'http://any.invalid').searchParams) {
    if (Object.hasOwn(params, name))
      throw new DomainError('INVALID_REQUEST', { hint: `${name} is repeated; send it once.` });
    params[name] = isJson(name) ? parseJson(Buffer.from(value), `${name} parameter`) : value;
  }
  return params;
}

function isJson(name: string): boolean {
  return JSON_PARAMS.some((each) => each === name);
}

/** Parameters as the query of a URL, from which Apollo reads a GET's. */
export function searchOf(params: OperationParams): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    // JSON's strings too: Apollo would read what is in one as JSON that nobody has checked.
    search.set(name, isJson(name) ? JSON.stringify(value) : String(value));
  }
  return `?${search}`;
}

/**
 * Sets `Accept` to the response's media type: Apollo would negotiate again, by other rules and after execution.
 * @throws DomainError NOT_ACCEPTABLE
 */
export function settleMediaType({ headers }: FastifyRequest): void {
  const mediaType = negotiateMediaType(headers.accept);
  if (mediaType === undefined) {
    throw new DomainError('NOT_ACCEPTABLE', {
      hint: `Accept ${RESPONSE_TYPE} or ${JSON_TYPE}: the answers to queries and mutations come whole.`,
    });
  }
  // Without `Accept`, Apollo answers in JSON and skips negotiation.
  if (headers.accept !== undefined) headers.accept = mediaType;
}

function requireJson(contentType: string | undefined): void {
  if (mediaTypeOf(contentType) !== JSON_TYPE) throw new DomainError('UNSUPPORTED_MEDIA_TYPE');
  const [, charset] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '') ?? [];
  const encoding = charset === undefined ? 'utf-8' : encodingOf(charset);
  if (encoding !== 'utf-8') {
    // A label that nobody knows may be a misplaced secret.
    const named = encoding === undefined ? '' : `, not in ${charset}`;
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', { hint: `Send the operation in UTF-8${named}.` });
  }
}

/** The encoding of a label of the WHATWG's Encoding Standard, which has more labels for UTF-8 than `utf-8`. */
function encodingOf(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
