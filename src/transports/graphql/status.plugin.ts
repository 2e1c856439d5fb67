import type { ApolloServerPlugin } from '@apollo/server';
import { RESPONSE_TYPE } from './media-type.js';

/** The errors of a document that is not executed. */
const DOCUMENT_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
]);

/**
 * GraphQL over HTTP: where the answer is `application/json`, a document that did not parse, validate or coerce is answered
 * with status 200, since an intermediary may have made a 4xx body of that type. By then `Accept` is the answer's type.
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
