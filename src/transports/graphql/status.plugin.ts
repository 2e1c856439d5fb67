import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import { tellsByStatus } from './media-type.js';

/** The error codes of a document that the server does not execute, which are the caller's to mend or to wait for. */
const REFUSED_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  'RATE_LIMITED',
]);

const METHOD_NOT_ALLOWED = 405;

/**
 * The status of a response whose errors would have `status`. GraphQL over HTTP: an `application/json` response to a
 * document that fails to parse, validate or coerce has status 200, since an intermediary may write a 4xx body of that
 * type. So has a refusal by a limit: clients repeat a 429 of that type at once, without a look at its errors or its
 * headers. What GET must not do is 405 in either type.
 */
export function statusFor(
  status: number | undefined,
  errors: readonly GraphQLError[] | undefined,
  accept: string | undefined,
): number | undefined {
  if (status === METHOD_NOT_ALLOWED) return status;
  const refused = errors?.every(({ extensions }) => REFUSED_CODES.has(String(extensions.code))) ?? false;
  return refused && !tellsByStatus(accept) ? 200 : status;
}

export const statusByMediaType: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response: { http }, errors }) {
        const status = statusFor(http.status, errors, request.http?.headers.get('accept'));
        if (status !== undefined) http.status = status;
      },
    };
  },
};

/** The same for a refusal from before any plugin runs, as by too many failed authentications. */
export function withoutTellingStatus(error: GraphQLError): GraphQLError {
  const { http, code } = error.extensions;
  if (code === 'RATE_LIMITED') (http as { status: number }).status = 200;
  return error;
}
