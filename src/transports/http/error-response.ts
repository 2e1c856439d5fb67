import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeFault } from '../../domain/described-fault.js';
import { DomainError, toDomainError } from '../../domain/errors.js';
import { RateLimitedError } from '../../domain/limits/rate-limited.error.js';
import type { Logger } from '../../lib/logger.js';
import { challengeOf, type Scheme } from './challenge.js';
import { FORM_OF_CATEGORY } from './error-categories.js';
import { rateLimitHeaders, retryAfter } from './rate-limit.headers.js';

/**
 * How failures look over REST. `compatible` is the shape of Gainsight NXT's credential endpoints,
 * `{"requestId","error"}`; `standard` is RFC 6749 section 5.2, which also says in words what to do; `tenant` is the
 * envelope of Gainsight NXT's API, for calls that would have been passed through.
 */
export type Dialect = 'compatible' | 'standard' | 'tenant';

function statusOf({ category }: DomainError, dialect: Dialect): number {
  // The clients of the credential endpoints know no 413.
  return dialect !== 'tenant' && category === 'payload_too_large' ? 400 : FORM_OF_CATEGORY[category].status;
}

/** Answers with a failure, and logs it where it is ours rather than the caller's. */
export function sendFailure(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { dialect: Dialect; logger: Logger; challenge?: Scheme },
): FastifyReply {
  const error = fromFramework(thrown);
  logFault(error, request, options.logger);
  reply.headers(failureHeaders(error, request.headers.authorization, options.challenge ?? 'Basic'));
  const body = JSON.stringify(BODIES[options.dialect](error, request.id));
  return reply.code(statusOf(error, options.dialect)).type('application/json').send(body);
}

/**
 * What the headers say of a failure, in whatever dialect its body is. `authorization` is the header that the request
 * had.
 */
export function failureHeaders(
  error: DomainError,
  authorization: string | undefined,
  scheme: Scheme,
): Record<string, string> {
  const headers: Record<string, string> = {};
  // RFC 6749 section 5.2: a 401 names the scheme that the client may authenticate with.
  if (error.category === 'unauthenticated') headers['www-authenticate'] = challengeOf(error, authorization, scheme);
  // RFC 9110 section 12.5.3.
  if (error.code === 'UNSUPPORTED_CODING') headers['accept-encoding'] = 'identity';
  if (error.category === 'unavailable') headers['retry-after'] = '1';
  if (!(error instanceof RateLimitedError)) return headers;
  return { ...headers, 'retry-after': retryAfter(error), ...rateLimitHeaders(error.standing) };
}

const BODIES: Record<Dialect, (error: DomainError, requestId: string) => object> = {
  compatible: ({ category }, requestId) => ({ requestId, error: FORM_OF_CATEGORY[category].error }),
  standard: (error, requestId) => ({ requestId, error: standardError(error), error_description: error.message }),
  tenant: ({ code, message }, requestId) => ({
    result: false,
    errorCode: `LATCHKEY_${code}`,
    errorDesc: message,
    requestId,
    message,
  }),
};

/** RFC 6749 section 5.2 and RFC 6750 section 3.1 name errors; what they have no word for goes by the category. */
function standardError({ code, category }: DomainError): string {
  const isNamed = category === 'invalid_request' || code === 'INVALID_CLIENT' || code === 'INVALID_TOKEN';
  return isNamed ? code.toLowerCase() : FORM_OF_CATEGORY[category].error;
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
