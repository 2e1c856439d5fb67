import type { FastifyReply } from 'fastify';
import type { Standing } from '../../domain/limits/standing.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';

/** Puts a standing into the response's headers. */
export function tell(reply: FastifyReply, standing: Standing): void {
  if (standing.length > 0) reply.headers(rateLimitHeaders(standing));
}

/** Puts the caller's rate-limit standing into the response's headers. */
export function toldIn(reply: FastifyReply): (standing: Standing) => void {
  return (standing) => tell(reply, standing);
}
