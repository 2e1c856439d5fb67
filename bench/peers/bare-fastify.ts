import { fastify } from 'fastify';

/** The floor: what fastify itself costs for an answer of the size of an introspection's. */
const server = fastify();
const answer = JSON.stringify({
  active: true,
  client_id: 'lkid_0000000000000000000000',
  token_type: 'Bearer',
  exp: 1_767_225_600,
});

server.get('/', (_request, reply) => {
  reply.type('application/json').send(answer);
});

console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
