import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';
import type { GraphQLSchema } from 'graphql';

export interface SubgraphServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves a schema at `/` by what serves the gateway's, so far as the suite is about it. */
export async function serveSubgraph(schema: GraphQLSchema): Promise<SubgraphServer> {
  const apollo = new ApolloServer({
    schema,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTrace({ includeErrors: { masked: true } }),
    ],
  });
  await apollo.start();
  const server = fastify();
  server.post('/', fastifyApolloHandler(apollo));
  server.addHook('onClose', () => apollo.stop());
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url: `${url}/`, [Symbol.asyncDispose]: () => server.close() };
}
