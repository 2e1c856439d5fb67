import type { FastifyReply } from 'fastify';

/** Sends a token or what is known of one. RFC 6749 section 5.1 asks for `pragma` beside every answer's `cache-control`. */
export function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('pragma', 'no-cache').type('application/json').send(JSON.stringify(body));
}
