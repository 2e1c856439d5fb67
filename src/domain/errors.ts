/**
 * Faults and refused requests, which the domain throws. An expected negative outcome is a value instead (an inactive
 * token, a `Refusal`). Each transport maps categories, not codes, to its own form, in one place.
 */
export type ErrorCategory =
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'unavailable'
  | 'internal';

interface CodeEntry {
  readonly category: ErrorCategory;
  /** The public sentence where the error has no `hint`. */
  readonly message: string;
}

/** Every code, its category and its public sentence. docs/errors.md lists them for users; a test compares the two. */
export const ERROR_CODES = {
  INVALID_REQUEST: { category: 'invalid_request', message: 'The request is malformed.' },
  UNSUPPORTED_GRANT_TYPE: {
    category: 'invalid_request',
    message: 'Send grant_type=client_credentials, the one grant that is offered.',
  },
  UNAUTHORIZED_CLIENT: {
    category: 'invalid_request',
    message: 'The token was issued to another client, so it lives on. Revoke it with that client, or as a super admin.',
  },
  INVALID_SCOPE: { category: 'invalid_request', message: 'Ask for the scope m2m:introspect, or for none.' },
  NOT_ACCEPTABLE: { category: 'not_acceptable', message: 'The Accept header names no media type of ours.' },
  UNSUPPORTED_MEDIA_TYPE: {
    category: 'unsupported_media_type',
    message: 'Send the operation as application/json, in UTF-8.',
  },
  UNSUPPORTED_CODING: {
    category: 'unsupported_media_type',
    message: 'Send the body as it is, in no Content-Encoding.',
  },
  BODY_TOO_LARGE: { category: 'payload_too_large', message: 'The body is larger than this path takes.' },
  INVALID_CLIENT: {
    category: 'unauthenticated',
    message: 'The client is unknown or disabled, or its secret is wrong.',
  },
  INVALID_TOKEN: { category: 'unauthenticated', message: 'The credential is unknown, expired or revoked.' },
  UNAUTHENTICATED: {
    category: 'unauthenticated',
    message: 'Present a credential: an Authorization header with a bearer, or an accesskey header.',
  },
  FORBIDDEN: { category: 'forbidden', message: 'The caller lacks the scope that this needs.' },
  NOT_FOUND: { category: 'not_found', message: 'There is nothing at this path.' },
  METHOD_NOT_ALLOWED: { category: 'method_not_allowed', message: 'This path does not take this method.' },
  RATE_LIMITED: { category: 'rate_limited', message: 'The limit is reached. Try again when Retry-After has passed.' },
  TEMPORARILY_UNAVAILABLE: { category: 'unavailable', message: 'A dependency is down. Try again in a moment.' },
  UPSTREAM_REFUSED: {
    category: 'unavailable',
    message: "The tenant refuses the connection's credentials. A super admin has to replace them.",
  },
  INTERNAL: { category: 'internal', message: 'Something went wrong. Quote the request id when you ask for help.' },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

interface DomainErrorOptions {
  /** A public sentence that fits the case better than the code's own. */
  readonly hint?: string;
  /** Private: for the log, never for the caller. */
  readonly detail?: string;
  readonly cause?: unknown;
}

export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, options: DomainErrorOptions = {}) {
    super(options.hint ?? ERROR_CODES[code].message, { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.category = ERROR_CODES[code].category;
    this.detail = options.detail;
  }
}

/** Returns a DomainError as it is; makes any other error the hidden cause of an INTERNAL error. */
export function toDomainError(error: unknown): DomainError {
  return error instanceof DomainError ? error : new DomainError('INTERNAL', { cause: error });
}
