import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, type ErrorCategory, toDomainError } from '../../domain/errors.js';
import { describeError, type Logger } from '../../lib/logger.js';

/**
 * How failures look over REST. `compatible` is the shape of Gainsight NXT's credential endpoints,
 * `{"requestId","error"}`; `standard` is RFC 6749 section 5.2, which also says in words what to do.
 */
export type Dialect = 'compatible' | 'standard';

const STATUS: Record<ErrorCategory, number> = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 400,
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
  unavailable: 'temporarily_unavailable',
  internal: 'server_error',
};

export function statusOf(error: DomainError): number {
  return STATUS[error.category];
}

/** Answers with a failure, and logs it where it is ours rather than the caller's. */
export function sendFailure(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { dialect: Dialect; logger: Logger },
): FastifyReply {
  const error = fromFramework(thrown);
  logFault(error, request, options.logger);
  // RFC 6749 section 5.2: a 401 names the scheme that the client may authenticate with.
  if (error.category === 'unauthenticated') reply.header('www-authenticate', 'Basic realm="latchkey"');
  if (error.category === 'unavailable') reply.header('retry-after', '1');
  const body =
    options.dialect === 'compatible'
      ? { requestId: request.id, error: COMPATIBLE_ERROR[error.category] }
      : { requestId: request.id, error: standardError(error), error_description: error.message };
  return reply.code(statusOf(error)).type('application/json').send(JSON.stringify(body));
}

/** RFC 6749 section 5.2 names the errors of a request; what it has no word for goes by the category. */
function standardError({ code, category }: DomainError): string {
  return category === 'invalid_request' || code === 'INVALID_CLIENT' ? code.toLowerCase() : COMPATIBLE_ERROR[category];
}

export function logFault(error: DomainError, request: FastifyRequest, logger: Logger): void {
  if (error.category !== 'internal' && error.category !== 'unavailable') return;
  logger.error('request failed', {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    code: error.code,
    detail: describeError(error.cause ?? error),
  });
}

/** Fastify's own refusals (a body too large, a broken Content-Length) as errors of ours. */
function fromFramework(thrown: unknown): DomainError {
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  // The client hung up before its body was whole: nobody reads the answer, and nothing is wrong here.
  if (code === 'ECONNRESET') return new DomainError('INVALID_REQUEST', { cause: thrown });
  if (thrown instanceof DomainError || typeof code !== 'string' || !code.startsWith('FST_'))
    return toDomainError(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new DomainError('BODY_TOO_LARGE');
  const theirs = typeof statusCode === 'number' && statusCode < 500;
  return theirs ? new DomainError('INVALID_REQUEST', { cause: thrown }) : toDomainError(thrown);
}
