import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { describeFault } from '../../domain/described-fault.js';
import { DomainError, ERROR_CODES, toDomainError } from '../../domain/errors.js';
import { RateLimitedError } from '../../domain/limits/rate-limited.error.js';
import type { Logger } from '../../lib/logger.js';
import { FORM_OF_CATEGORY, type GraphqlErrorCode } from '../http/error-categories.js';
import { failureHeaders } from '../http/error-response.js';
import type { GraphqlContext } from './context.js';
import { DOCUMENT_LIMITS, TOO_OFTEN } from './document-limits.js';
import { unquotedMessage } from './unquoted-message.js';

/** Our codes for Apollo's own refusals. */
const CODE_OF_APOLLO: Record<string, GraphqlErrorCode> = {
  GRAPHQL_PARSE_FAILED: 'GRAPHQL_PARSE_FAILED',
  GRAPHQL_VALIDATION_FAILED: 'GRAPHQL_VALIDATION_FAILED',
  BAD_USER_INPUT: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_USER_INPUT',
};

/** The error of a request refused before execution. `authorization` is the request's header. */
export function toRequestError(thrown: unknown, requestId: string, authorization?: string): GraphQLError {
  const error = toDomainError(thrown);
  const headers = new Map(Object.entries(failureHeaders(error, authorization, 'Bearer')));
  const code = FORM_OF_CATEGORY[error.category].graphqlCode;
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: {
      code,
      ...limitExtensions(error),
      ...(code === 'INTERNAL_SERVER_ERROR' ? { requestId } : {}),
      http: { status: FORM_OF_CATEGORY[error.category].status, headers },
    },
  });
}

function limitExtensions(error: DomainError): { retryAfterMs?: number; violatedPolicies?: readonly string[] } {
  if (!(error instanceof RateLimitedError)) return {};
  return { retryAfterMs: error.retryAfterMs, violatedPolicies: error.violated.map(({ name }) => name) };
}

/**
 * Decides, alone, which parts of an error a client sees. An unknown error becomes one fixed sentence. `suggests`:
 * whether messages may name schema members.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  suggests: boolean,
): GraphQLFormattedError {
  const error = causeOf(thrown);
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  const { code, requestId } = formatted.extensions ?? {};
  if (error instanceof DomainError && error.category !== 'internal') {
    const extensions = { code: FORM_OF_CATEGORY[error.category].graphqlCode, ...limitExtensions(error) };
    return { message: error.message, ...place, extensions };
  }
  // A graphql-js error without a code is the request's; faultsPlugin marks our faults with a request id.
  const theirs = requestId === undefined ? 'BAD_USER_INPUT' : undefined;
  const known = error instanceof GraphQLError ? (CODE_OF_APOLLO[String(code)] ?? theirs) : undefined;
  if (known !== undefined) {
    const message = CLEARER[formatted.message] ?? unquotedMessage(thrown as GraphQLError);
    const shown = suggests ? message : message.replaceAll(/ Did you mean [^?]*\?/g, '');
    return { message: shown, ...place, extensions: { code: known } };
  }
  return {
    message: ERROR_CODES.INTERNAL.message,
    ...place,
    extensions: { code: 'INTERNAL_SERVER_ERROR', ...(requestId === undefined ? {} : { requestId }) },
  };
}

/** Messages that help the client more than those of graphql-js and Apollo. */
const CLEARER: Record<string, string> = {
  'Maximum call stack size exceeded': `The document nests too deeply, or has more than ${DOCUMENT_LIMITS.tokens} tokens. Split it.`,
  'Validation aborted.': TOO_OFTEN,
  'Unknown directive "@defer".': 'Answers come whole here: remove @defer.',
  'Unknown directive "@stream".': 'Answers come whole here: remove @stream.',
  'GraphQL introspection is not allowed by Apollo Server, but the query contained __schema or __type. To enable introspection, pass introspection: true to ApolloServer in production':
    'Introspection is off here. Operators print the schema with `latchkey schema`, or turn introspection on with LATCHKEY_SANDBOX=true.',
};

/** Logs our own faults and marks them with the request id, which a client quotes when asking for help. */
export function logFaults(errors: readonly GraphQLError[], requestId: string, logger: Logger): void {
  for (const error of errors) {
    const cause = causeOf(error);
    const ours = cause instanceof DomainError ? isFault(cause) : !isOfTheRequest(cause, error.path);
    if (!ours) continue;
    error.extensions.requestId = requestId;
    const { category } = toDomainError(cause);
    const fields = () => ({ requestId, ...describeFault(cause), route: '/graphql' });
    if (category === 'unavailable') logger.outage('graphql request refused: a dependency is down', fields);
    else logger.error('graphql request failed', fields());
  }
}

/** The same for errors that Apollo encounters. */
export function faultsPlugin(logger: Logger): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart({ contextValue }) {
      return {
        async didEncounterErrors({ errors }) {
          logFaults(errors, contextValue.requestId, logger);
        },
      };
    },
  };
}

/** The error thrown by a resolver or before execution. */
function causeOf(thrown: unknown): unknown {
  const { originalError } = thrown as { originalError?: unknown };
  return originalError instanceof DomainError ? originalError : unwrapResolverError(thrown);
}

/** Whether the request caused an error. A path without a known code marks a value that the schema cannot serialise. */
function isOfTheRequest(cause: unknown, path: unknown): boolean {
  if (!(cause instanceof GraphQLError)) return false;
  return path === undefined || String(cause.extensions.code) in CODE_OF_APOLLO;
}

function isFault({ category }: DomainError): boolean {
  return category === 'internal' || category === 'unavailable';
}
