import { ApolloServer } from '@apollo/server';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';

/** Apollo Server as its manual starts it on fastify, with a resolver that does nothing: the least that GraphQL costs. */
const typeDefs = `
  type Query {
    introspectToken(token: String!): TokenIntrospection!
  }

  type TokenIntrospection {
    active: Boolean!
    clientId: String
    tokenType: String
    issuedAt: String
    expiresAt: String
  }
`;

const introspection = {
  active: true,
  clientId: 'lkid_0000000000000000000000',
  tokenType: 'Bearer',
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-02T00:00:00.000Z',
};

const server = fastify();
const apollo = new ApolloServer({
  typeDefs,
  resolvers: { Query: { introspectToken: () => introspection } },
  plugins: [fastifyApolloDrainPlugin(server)],
});
await apollo.start();
server.post('/graphql', fastifyApolloHandler(apollo));

console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
