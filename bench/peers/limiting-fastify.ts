import { fastify } from 'fastify';
import { openUnion } from '../limiters/union.ts';

/**
 * What counting a request in Redis costs with rate-limiter-flexible: its body is read, it is counted for one of
 * ORGANIZATIONS in turn, and nothing is proven or looked up.
 */
const organizations = Array.from({ length: Number(process.env.ORGANIZATIONS) }, (_, index) => `org-${index}`);
const limits = { perMinute: Number(process.env.PER_MINUTE), perDay: Number(process.env.PER_DAY) };
const union = await openUnion(process.env.REDIS_URL ?? '', limits);
const answer = JSON.stringify({
  active: true,
  client_id: 'lkid_0000000000000000000000',
  token_type: 'Bearer',
  exp: 1_767_225_600,
});

const server = fastify();
let served = 0;
server.post('/*', async (_request, reply) => {
  const isAdmitted = await union.admit(organizations[served++ % organizations.length] as string, 1);
  return isAdmitted ? reply.type('application/json').send(answer) : reply.code(429).send();
});

console.log(await server.listen({ host: '127.0.0.1', port: 0 }));
