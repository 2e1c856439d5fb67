import type { ErrorCategory } from '../../domain/errors.js';

/** Every code of `errors[].extensions.code`. */
export type GraphqlErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE'
  | 'BAD_USER_INPUT'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'INTERNAL_SERVER_ERROR';

interface CategoryForm {
  readonly status: number;
  /** The `error` of the compatible paths, and of the standard paths if the RFCs name none. */
  readonly error: string;
  readonly graphqlCode: GraphqlErrorCode;
}

/** Each category's form in every transport. */
export const FORM_OF_CATEGORY: Record<ErrorCategory, CategoryForm> = {
  invalid_request: { status: 400, error: 'invalid_request', graphqlCode: 'BAD_USER_INPUT' },
  unauthenticated: { status: 401, error: 'unauthorized', graphqlCode: 'UNAUTHENTICATED' },
  forbidden: { status: 403, error: 'forbidden', graphqlCode: 'FORBIDDEN' },
  not_found: { status: 404, error: 'not_found', graphqlCode: 'BAD_USER_INPUT' },
  method_not_allowed: { status: 405, error: 'method_not_allowed', graphqlCode: 'BAD_USER_INPUT' },
  not_acceptable: { status: 406, error: 'invalid_request', graphqlCode: 'BAD_USER_INPUT' },
  payload_too_large: { status: 413, error: 'invalid_request', graphqlCode: 'BAD_USER_INPUT' },
  unsupported_media_type: { status: 415, error: 'invalid_request', graphqlCode: 'BAD_USER_INPUT' },
  rate_limited: { status: 429, error: 'rate_limited', graphqlCode: 'RATE_LIMITED' },
  unavailable: { status: 503, error: 'temporarily_unavailable', graphqlCode: 'SERVICE_UNAVAILABLE' },
  internal: { status: 500, error: 'server_error', graphqlCode: 'INTERNAL_SERVER_ERROR' },
};
