import type { FastifyReply } from 'fastify';

/** Sends what an endpoint found or made. */
export function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return sendJsonText(reply, JSON.stringify(body));
}

/** Sends JSON that was written before. */
export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(text);
}

/** Sends a token: RFC 6749 section 5.1 asks for `pragma` beside the `cache-control` that every answer has. */
export function sendToken(reply: FastifyReply, body: object): FastifyReply {
  return sendJson(reply.header('pragma', 'no-cache'), body);
}
