import { Client, type CombinedError, cacheExchange, fetchExchange, mapExchange } from 'urql';
import { urlOf } from './base-url.js';

/**
 * The console's one way to the gateway: its public GraphQL API, by the session's cookie.
 * @param onSessionEnded is told of each answer that says so
 */
export function createClient(onSessionEnded: () => void): Client {
  return new Client({
    url: urlOf('graphql'),
    // The cookie comes with POSTs of this page alone.
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin', headers: { accept: 'application/graphql-response+json' } },
    requestPolicy: 'cache-and-network',
    exchanges: [
      cacheExchange,
      mapExchange({
        onError: (error) => {
          if (codeOf(error) === 'UNAUTHENTICATED') onSessionEnded();
        },
      }),
      fetchExchange,
    ],
  });
}

/** The code of the first error of an answer; undefined where the network failed. */
export function codeOf({ graphQLErrors: [first] }: CombinedError): string | undefined {
  return first?.extensions.code as string | undefined;
}
