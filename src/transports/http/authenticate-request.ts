import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Authenticate, Principal } from '../../domain/principal.js';
import { networkOf } from './network.js';
import { singleHeader } from './request-headers.js';

/**
 * Authenticates a request by its `Authorization` or `accesskey` header; undefined without either. A refused credential
 * counts against the caller's network.
 * @throws DomainError as Authenticate; RATE_LIMITED after too many refusals
 */
export async function authenticateRequest(
  request: FastifyRequest,
  { authenticate, limits }: { readonly authenticate: Authenticate; readonly limits: LimitService },
): Promise<Principal | undefined> {
  try {
    return await authenticate({
      authorization: singleHeader(request.raw, 'authorization'),
      accessKey: singleHeader(request.raw, 'accesskey'),
    });
  } catch (error) {
    if (error instanceof DomainError && error.code === 'INVALID_TOKEN') {
      await limits.countFailure(networkOf(request.ip));
    }
    throw error;
  }
}
