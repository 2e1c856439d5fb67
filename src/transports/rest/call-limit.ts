import type { FastifyReply } from 'fastify';
import type { Standing } from '../../domain/limits/standing.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';

/** Tells the caller, in the headers of its answer, how it stands when its call is counted. */
export function toldIn(reply: FastifyReply): (standing: Standing) => void {
  return (standing) => {
    reply.headers(rateLimitHeaders(standing));
  };
}
