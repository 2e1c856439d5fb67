import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphqlContext } from './context.js';

/** What Apollo reads of a request: a POST's body, or a GET's parameters as the query of a URL. */
export type ApolloInput = { readonly body: unknown } | { readonly search: string };

/**
 * Has Apollo execute a request, and sends its response. Apollo sees no URL: its authority is the caller's `Host`, which
 * may be absent or no host at all.
 */
export async function executeByApollo(
  apollo: ApolloServer<GraphqlContext>,
  request: FastifyRequest,
  reply: FastifyReply,
  input: ApolloInput & { readonly context: () => Promise<GraphqlContext> },
): Promise<FastifyReply> {
  const { context } = input;
  const { headers, status, body } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method,
      headers: headersOf(request),
      body: 'body' in input ? input.body : undefined,
      search: 'search' in input ? input.search : '',
    },
    context,
  });
  for (const [name, value] of headers) {
    // The server has forbidden storage, which Apollo would allow for some of its refusals.
    if (name !== 'cache-control') reply.header(name, value);
  }
  // Without @defer and subscriptions every answer is complete.
  if (body.kind !== 'complete') throw new Error(`Apollo answered in a body of the kind ${body.kind}`);
  return reply.code(status ?? 200).send(body.string);
}

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
