import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import { formatError } from './format-error.js';

/** Tells `count` the code of each error that Apollo answers with, of a request that it never executes too. */
export function errorCountsPlugin(count: (code: string) => void): ApolloServerPlugin {
  const countThrown = async ({ error }: { readonly error: Error }) => {
    const { message, extensions } = error as GraphQLError;
    count(String(formatError({ message, extensions }, error, false).extensions?.code));
  };
  return {
    contextCreationDidFail: countThrown,
    invalidRequestWasReceived: countThrown,
    async requestDidStart() {
      return {
        async willSendResponse({ response: { body } }) {
          if (body.kind !== 'single') return;
          for (const { extensions } of body.singleResult.errors ?? []) count(String(extensions?.code));
        },
      };
    },
  };
}
