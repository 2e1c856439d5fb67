import type { FastifyReply } from 'fastify';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Standing } from '../../domain/limits/standing.js';
import { endOfTurn } from '../../lib/turn.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';
import { sendJsonText } from './json-response.js';

/**
 * Counts a call of an organisation, and tells the caller how it stands. To be awaited before anything is done for it.
 * @throws as LimitService.countCalls
 */
export function countCall(
  reply: FastifyReply,
  limits: LimitService,
  organizationId: string,
): undefined | Promise<undefined> {
  const tell = (standing: Standing): undefined => {
    reply.headers(rateLimitHeaders(standing));
  };
  const counted = limits.countCalls(organizationId, 1);
  return counted instanceof Promise ? counted.then(tell) : tell(counted);
}

/** Counts a call whose answer is known already, and sends that right behind the other answers of this turn. */
export async function sendCounted(
  reply: FastifyReply,
  limits: LimitService,
  known: { readonly organizationId: string; readonly answer: string },
): Promise<FastifyReply> {
  // What Redis counted together it answers together, which is a turn of its own.
  await (countCall(reply, limits, known.organizationId) ?? endOfTurn());
  return sendJsonText(reply, known.answer);
}
