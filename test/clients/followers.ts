import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { type DocumentNode, print } from 'graphql';
import { createClient as createEventClient } from 'graphql-sse';
import { possibleTypes } from './frontend.js';

/** What a client tells of a subscription. */
export interface Told {
  readonly data?: unknown;
  readonly error?: Error | undefined;
}

export interface Following {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly document: DocumentNode;
  onTold(told: Told): void;
}

/** Subscribes; returns a function that ends it. */
type Follow = (following: Following) => () => void;

/** Clients that follow a subscription with their defaults, and come back by themselves only where these say so. */
export const FOLLOWERS = {
  'Apollo Client over its HttpLink': ({ url, headers, document, onTold }) => {
    const cache = new InMemoryCache({ possibleTypes });
    const client = new ApolloClient({ link: new HttpLink({ uri: url, headers }), cache });
    const following = client.subscribe({ query: document }).subscribe(onTold);
    return () => following.unsubscribe();
  },
  'urql with fetchSubscriptions': ({ url, headers, document, onTold }) => {
    const exchanges = [cacheExchange, fetchExchange];
    const client = new Client({ url, fetchSubscriptions: true, fetchOptions: { headers }, exchanges });
    const { unsubscribe } = client.subscription(document, {}).subscribe(onTold);
    return unsubscribe;
  },
  'urql with graphql-sse': ({ url, headers, document, onTold }) => {
    const events = createEventClient({ url, headers });
    const forward = subscriptionExchange({
      forwardSubscription: ({ query = '', variables }) => ({
        subscribe: (sink) => ({ unsubscribe: events.subscribe({ query, variables: variables ?? {} }, sink as never) }),
      }),
    });
    const client = new Client({ url, exchanges: [cacheExchange, forward] });
    const { unsubscribe } = client.subscription(document, {}).subscribe(onTold);
    return unsubscribe;
  },
  'the client of graphql-sse': ({ url, headers, document, onTold }) => {
    const events = createEventClient({ url, headers });
    return events.subscribe(
      { query: print(document) },
      {
        next: (result) => onTold(result),
        error: (error) => onTold({ error: error as Error }),
        complete: () => undefined,
      },
    );
  },
} as const satisfies Record<string, Follow>;
