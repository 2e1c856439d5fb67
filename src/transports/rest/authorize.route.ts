import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decideCall } from '../../domain/calls/call-decision.js';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import { type Authenticate, idOf } from '../../domain/principal.js';
import type { Logger } from '../../lib/logger.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { ignoreContentType } from '../http/body.js';
import { sendFailure } from '../http/error-response.js';
import { readAskedCall } from './asked-call.js';
import { toldIn } from './call-limit.js';

const AUTHORIZE_PATH = '/v1/authorize';

/**
 * Tells a proxy whether a credential may make a call. 200 means yes, names the caller and counts the call; the proxy
 * can forward any other response to its caller unchanged.
 */
export function registerAuthorizeRoute(
  server: FastifyInstance,
  services: { readonly authenticate: Authenticate; readonly limits: LimitService; readonly logger: Logger },
): void {
  const options = {
    onRequest: ignoreContentType,
    errorHandler: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendFailure(error, request, reply, { dialect: 'compatible', challenge: 'Bearer', logger: services.logger }),
  };
  const authorize = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { method, target } = readAskedCall(request.raw, AUTHORIZE_PATH);
    const principal = await authenticateRequest(request, services);
    if (principal === undefined) throw new DomainError('UNAUTHENTICATED');
    const decision = decideCall(principal, { method, target, address: request.ip });
    if (!decision.isAllowed) {
      if (decision.reason === 'bad request') throw new DomainError('INVALID_REQUEST');
      reply.header('x-latchkey-refusal', decision.reason);
      throw new DomainError('FORBIDDEN');
    }
    toldIn(reply)(await services.limits.countCalls(principal.organizationId, 1));
    return reply
      .header('x-latchkey-principal', toHeaderValue(idOf(principal)))
      .header('x-latchkey-role', principal.role)
      .header('x-latchkey-organization', principal.organizationId)
      .send();
  };
  server.all(AUTHORIZE_PATH, options, authorize);
  server.all(`${AUTHORIZE_PATH}/*`, options, authorize);
}

/** Percent-encodes `%` and characters that a header cannot hold: the sign-in provider chooses users' names. */
function toHeaderValue(id: string): string {
  return id.toWellFormed().replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}
