import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeFault } from '../../domain/described-fault.js';
import { DomainError, type ErrorCategory, toDomainError } from '../../domain/errors.js';
import { RateLimitedError } from '../../domain/limits/rate-limited.error.js';
import type { Logger } from '../../lib/logger.js';
import { rateLimitHeaders, retryAfter } from './rate-limit.headers.js';

/**
 * How failures look over REST. `compatible` is the shape of Gainsight NXT's credential endpoints,
 * `{"requestId","error"}`; `standard` is RFC 6749 section 5.2, which also says in words what to do; `tenant` is the envelope
 * of Gainsight NXT's API, for calls that would have been passed through.
 */
export type Dialect = 'compatible' | 'standard' | 'tenant';

/** The scheme that a path takes credentials by. */
type Challenge = 'Basic' | 'Bearer';

const STATUS: Record<ErrorCategory, number> = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 400,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
};

const COMPATIBLE_ERROR: Record<ErrorCategory, string> = {
  invalid_request: 'invalid_request',
  unauthenticated: 'unauthorized',
  forbidden: 'forbidden',
  not_found: 'not_found',
  method_not_allowed: 'method_not_allowed',
  payload_too_large: 'invalid_request',
  rate_limited: 'rate_limited',
  unavailable: 'temporarily_unavailable',
  internal: 'server_error',
};

export function statusOf({ category }: DomainError, dialect?: Dialect): number {
  // RFC 9110 section 15.5.14. The credential endpoints answer 400, which their clients know.
  return dialect === 'tenant' && category === 'payload_too_large' ? 413 : STATUS[category];
}

/** Answers with a failure, and logs it where it is ours rather than the caller's. */
export function sendFailure(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { dialect: Dialect; logger: Logger; challenge?: Challenge },
): FastifyReply {
  const error = fromFramework(thrown);
  logFault(error, request, options.logger);
  // RFC 6749 section 5.2: a 401 names the scheme that the client may authenticate with.
  if (error.category === 'unauthenticated') {
    reply.header('www-authenticate', `${options.challenge ?? 'Basic'} realm="latchkey"`);
  }
  if (error.category === 'unavailable') reply.header('retry-after', '1');
  if (error instanceof RateLimitedError) {
    reply.header('retry-after', retryAfter(error));
    for (const [name, value] of Object.entries(rateLimitHeaders(error.standing))) reply.header(name, value);
  }
  const body = JSON.stringify(BODIES[options.dialect](error, request.id));
  return reply.code(statusOf(error, options.dialect)).type('application/json').send(body);
}

const BODIES: Record<Dialect, (error: DomainError, requestId: string) => object> = {
  compatible: ({ category }, requestId) => ({ requestId, error: COMPATIBLE_ERROR[category] }),
  standard: (error, requestId) => ({ requestId, error: standardError(error), error_description: error.message }),
  tenant: ({ code, message }, requestId) => ({
    result: false,
    errorCode: `LATCHKEY_${code}`,
    errorDesc: message,
    requestId,
    message,
  }),
};

/** RFC 6749 section 5.2 names the errors of a request; what it has no word for goes by the category. */
function standardError({ code, category }: DomainError): string {
  return category === 'invalid_request' || code === 'INVALID_CLIENT' ? code.toLowerCase() : COMPATIBLE_ERROR[category];
}

export function logFault(error: DomainError, request: FastifyRequest, logger: Logger): void {
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

/** Fastify's own refusals (a body too large, a broken Content-Length) as errors of ours. */
export function fromFramework(thrown: unknown): DomainError {
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  // The client hung up before its body was whole: nobody reads the answer, and nothing is wrong here.
  if (code === 'ECONNRESET') return new DomainError('INVALID_REQUEST', { cause: thrown });
  if (thrown instanceof DomainError || typeof code !== 'string' || !code.startsWith('FST_'))
    return toDomainError(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new DomainError('BODY_TOO_LARGE');
  const theirs = typeof statusCode === 'number' && statusCode < 500;
  return theirs ? new DomainError('INVALID_REQUEST', { cause: thrown }) : toDomainError(thrown);
}
