import type { FastifyReply } from 'fastify';

/** Sends what an endpoint found or made. */
export function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
}

/** Sends a token: RFC 6749 section 5.1 asks for `pragma` beside the `cache-control` that every answer has. */
export function sendToken(reply: FastifyReply, body: object): FastifyReply {
  return sendJson(reply.header('pragma', 'no-cache'), body);
}
