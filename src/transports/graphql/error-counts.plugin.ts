import type { ApolloServerPlugin } from '@apollo/server';

/** Tells `count` the code of each error that a response has. */
export function errorCountsPlugin(count: (code: string) => void): ApolloServerPlugin {
  return {
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
