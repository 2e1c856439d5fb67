import type { FastifyReply } from 'fastify';
import { JSON_UTF8 } from '../http/request-headers.js';

/** RFC 7662 section 2.2: all that anybody learns of a token that is not active. */
export const INACTIVE = JSON.stringify({ active: false });

export function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return sendJsonText(reply, JSON.stringify(body));
}

/** Sends serialised JSON. */
export function sendJsonText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', JSON_UTF8).send(text);
}

/** RFC 6749 section 5.1: a token response has `pragma`, beside the `cache-control` of every response. */
export function sendToken(reply: FastifyReply, body: object): FastifyReply {
  return sendJson(reply.header('pragma', 'no-cache'), body);
}
