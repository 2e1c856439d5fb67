import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeFault } from '../../domain/described-fault.js';
import { DomainError, toDomainError } from '../../domain/errors.js';
import { RateLimitedError } from '../../domain/limits/rate-limited.error.js';
import type { Logger } from '../../lib/logger.js';
import { challengeOf, type Scheme } from './challenge.js';
import { FORM_OF_CATEGORY } from './error-categories.js';
import type { WatchedRequest } from './finished-request.js';
import type { WholeResponse } from './front-door.js';
import { refusalHeaders, STANDING_HEADERS } from './rate-limit.headers.js';
import { JSON_UTF8 } from './request-headers.js';
import { sendBeforeBody } from './unread-body.js';

/**
 * The shape of a REST failure. `compatible` is that of Gainsight NXT's credential endpoints, `{"requestId","error"}`,
 * with a message on a 429; `standard` is RFC 6749 section 5.2, with a description; `tenant` is the envelope of Gainsight
 * NXT's API, for pass-through calls.
 */
export type Dialect = 'compatible' | 'standard' | 'tenant';

function statusOf({ category }: DomainError, dialect: Dialect): number {
  // Credential endpoint clients do not know 413.
  return dialect !== 'tenant' && category === 'payload_too_large' ? 400 : FORM_OF_CATEGORY[category].status;
}

/** Sends a failure, and logs it if the gateway is at fault. */
export function sendFailure(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { dialect: Dialect; logger: Logger; challenge?: Scheme },
): FastifyReply {
  const error = fromFramework(thrown);
  logFault(error, request, options.logger);
  if (error.category === 'unavailable') untellStanding(reply);
  const { status, headers, body } = failureOf(error, request.id, request.headers.authorization, options);
  return sendBeforeBody(request, reply.code(status).headers(headers), body);
}

/** A failure as a whole response. `authorization` is the request's header. */
export function failureOf(
  error: DomainError,
  requestId: string,
  authorization: string | undefined,
  { dialect, challenge = 'Basic' }: { readonly dialect: Dialect; readonly challenge?: Scheme },
): WholeResponse {
  return {
    status: statusOf(error, dialect),
    headers: { ...failureHeaders(error, authorization, challenge), 'content-type': JSON_UTF8 },
    body: JSON.stringify(BODIES[dialect](error, requestId)),
  };
}

/** Takes back the standing that a counted request was told before it failed: the limits are not why the caller waits. */
export function untellStanding(reply: FastifyReply): void {
  for (const name of STANDING_HEADERS) reply.removeHeader(name);
}

/** The headers of a failure in any dialect. `authorization` is the request's header. */
export function failureHeaders(
  error: DomainError,
  authorization: string | undefined,
  scheme: Scheme,
): Record<string, string> {
  const headers: Record<string, string> = {};
  // RFC 6749 section 5.2: a 401 names the scheme for the client.
  if (error.category === 'unauthenticated') headers['www-authenticate'] = challengeOf(error, authorization, scheme);
  // RFC 9110 section 12.5.3: a 415 for a coding names the accepted coding.
  if (error.code === 'UNSUPPORTED_CODING') headers['accept-encoding'] = 'identity';
  if (error.category === 'unavailable') headers['retry-after'] = '1';
  if (!(error instanceof RateLimitedError)) return headers;
  return { ...headers, ...refusalHeaders(error) };
}

const BODIES: Record<Dialect, (error: DomainError, requestId: string) => object> = {
  compatible: (error, requestId) => ({
    requestId,
    error: FORM_OF_CATEGORY[error.category].error,
    // Only here: a truthful wait may be hours, through which some clients sleep without a word to anybody.
    ...(error instanceof RateLimitedError ? { message: error.message } : {}),
  }),
  standard: (error, requestId) => ({ requestId, error: standardError(error), error_description: error.message }),
  tenant: ({ code, message }, requestId) => ({
    result: false,
    errorCode: `LATCHKEY_${code}`,
    errorDesc: message,
    requestId,
    message,
  }),
};

/** RFC 6749 section 5.2 and RFC 6750 section 3.1 name errors; the category names the rest. */
function standardError({ code, category }: DomainError): string {
  const isNamed = category === 'invalid_request' || code === 'INVALID_CLIENT' || code === 'INVALID_TOKEN';
  return isNamed ? code.toLowerCase() : FORM_OF_CATEGORY[category].error;
}

export function logFault(error: DomainError, request: WatchedRequest, logger: Logger): void {
  if (error.category !== 'internal' && error.category !== 'unavailable') return;
  const fields = () => ({
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    ...describeFault(error),
  });
  if (error.category === 'unavailable') logger.outage('request refused: a dependency is down', fields);
  else logger.error('request failed', fields());
}

/** Converts Fastify's own refusals (a body too large, a broken Content-Length) to DomainErrors. */
export function fromFramework(thrown: unknown): DomainError {
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  // The client hung up before its body was whole: nobody reads the response, and no fault needs a log.
  if (code === 'ECONNRESET') return new DomainError('INVALID_REQUEST', { cause: thrown });
  if (thrown instanceof DomainError || typeof code !== 'string' || !code.startsWith('FST_'))
    return toDomainError(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new DomainError('BODY_TOO_LARGE');
  const theirs = typeof statusCode === 'number' && statusCode < 500;
  return theirs ? new DomainError('INVALID_REQUEST', { cause: thrown }) : toDomainError(thrown);
}
