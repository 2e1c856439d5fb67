import replyFrom from '@fastify/reply-from';
import { fastify } from 'fastify';

/** What passing a call on costs at least: fastify and @fastify/reply-from, with nothing proven, decided or counted. */
const server = fastify();
await server.register(replyFrom, { base: process.env.TENANT_URL ?? '', undici: { connections: 64, pipelining: 1 } });
server.all('/*', (request, reply) => reply.from(request.raw.url));

console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
