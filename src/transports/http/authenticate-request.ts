import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Authenticate, Principal } from '../../domain/principal.js';
import { networkOf } from './network.js';
import { singleHeader } from './request-headers.js';
import type { SessionCookie } from './session-cookie.js';

/**
 * Authenticates a request by its `Authorization` or `accesskey` header, else by the session of `cookie`, where the route
 * takes sessions; undefined without any. A refused credential counts against the caller's network, where there are `limits`.
 * @throws DomainError as Authenticate; RATE_LIMITED after too many refusals
 */
export async function authenticateRequest(
  request: FastifyRequest,
  { authenticate, limits }: { readonly authenticate: Authenticate; readonly limits: LimitService | undefined },
  cookie?: SessionCookie,
): Promise<Principal | undefined> {
  try {
    const authorization = singleHeader(request.raw, 'authorization');
    const accessKey = singleHeader(request.raw, 'accesskey');
    const session = authorization === undefined && accessKey === undefined ? cookie?.read(request) : undefined;
    return await authenticate({ authorization, accessKey, session });
  } catch (error) {
    if (error instanceof DomainError && error.code === 'INVALID_TOKEN') {
      await limits?.countFailure(networkOf(request.ip));
    }
    throw error;
  }
}
