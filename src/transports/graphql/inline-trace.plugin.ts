import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphqlContext } from './context.js';

/** The header of a router that wants field timings: it reads no other extension. */
export const TRACE_HEADER = 'apollo-federation-include-trace';
const ASKED = 'ftv1';

/**
 * Apollo's inline trace, with errors masked, for a router that asks. Loaded at the first such request, since a start
 * would spend its time on the encoder; Apollo's plugin would also begin a trace for whoever asks for none.
 */
export const inlineTrace: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart(context) {
    if (context.request.http?.headers.get(TRACE_HEADER) !== ASKED) return;
    const { ApolloServerPluginInlineTrace } = await import('@apollo/server/plugin/inlineTrace');
    return ApolloServerPluginInlineTrace({ includeErrors: { masked: true } }).requestDidStart?.(context);
  },
};
