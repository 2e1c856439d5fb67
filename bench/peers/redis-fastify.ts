import { fastify, type RouteHandlerMethod } from 'fastify';
import { Redis } from 'ioredis';

/** What a look-up in Redis costs at least: one GET of a value of an introspection's size for each request. */
const KEYS = 500;

const redis = new Redis(process.env.REDIS_URL ?? '');
const keys = Array.from({ length: KEYS }, (_, index) => `bench:${index}`);
const value = JSON.stringify({
  active: true,
  client_id: 'lkid_0000000000000000000000',
  token_type: 'Bearer',
  exp: 1_767_225_600,
}).padEnd(120);
await Promise.all(keys.map((key) => redis.set(key, value)));

const server = fastify();
let served = 0;
const answer: RouteHandlerMethod = async (_request, reply) => {
  const found = await redis.get(keys[served++ % KEYS] as string);
  return reply.type('application/json').send(found);
};
server.get('/', answer);
// The same for who sends what an introspection sends: its body is read, and not looked at.
server.post('/*', answer);

console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
