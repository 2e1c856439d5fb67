import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { refusalLinks, waitMs } from './apollo.links.js';
import type { Call } from './caller.js';

/** Calls with Apollo Client; `headers` may say which media type it accepts. */
export function callWithApollo(headers: Record<string, string> = {}): Call {
  return async ({ url, token }) => {
    const http = new HttpLink({ uri: `${url}/graphql`, headers: { ...headers, authorization: `Bearer ${token}` } });
    const client = new ApolloClient({ link: refusalLinks.concat(http), cache: new InMemoryCache() });
    const query = gql`
      query ($token: String!) {
        introspectToken(token: $token) {
          active
        }
      }
    `;
    try {
      await client.query({ query, variables: { token }, fetchPolicy: 'no-cache' });
      return 200;
    } catch (error) {
      if (waitMs(error) > 0) return 429;
      throw error;
    } finally {
      client.stop();
    }
  };
}
