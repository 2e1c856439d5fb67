import type { ApolloServerPlugin } from '@apollo/server';
import { RESPONSE_TYPE } from './media-type.js';

/** The error codes of a document that the server does not execute. */
const DOCUMENT_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
]);

/**
 * GraphQL over HTTP: an `application/json` response to a document that fails to parse, validate or coerce has status
 * 200, since an intermediary may write a 4xx body of that type. request.reader.ts made `Accept` the response's type.
 */
export const statusByMediaType: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        const refused = errors?.every(({ extensions }) => DOCUMENT_CODES.has(String(extensions.code))) ?? false;
        if (refused && request.http?.headers.get('accept') !== RESPONSE_TYPE) response.http.status = 200;
      },
    };
  },
};
