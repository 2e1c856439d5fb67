import type { Readable } from 'node:stream';
import replyFrom from '@fastify/reply-from';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decideCall } from '../../domain/calls/call-decision.js';
import { readCallPath } from '../../domain/calls/call-path.js';
import type { UpstreamAccess } from '../../domain/calls/upstream-access.js';
import { DomainError } from '../../domain/errors.js';
import type { LimitService } from '../../domain/limits/limit.service.js';
import type { Authenticate } from '../../domain/principal.js';
import type { Logger } from '../../lib/logger.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { sendFailure } from '../http/error-response.js';
import { rateLimitHeaders } from '../http/rate-limit.headers.js';
import { capBody, refuseAnnounced } from './capped-body.js';
import { passCall } from './passed-call.js';
import { TenantBulkhead } from './tenant-bulkhead.js';

/** `/v1/…`, `/v2/…`, `/v1.0/…`: the prefixes of every documented path of the tenant's API. */
const TENANT_PATHS = '/:version(^v[0-9.]+$)/*';
/** The gateway's own credential endpoints, for every method. */
const OWN_PATHS = '/v1/users/m2m/oauth/';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export interface PassThroughServices {
  readonly authenticate: Authenticate;
  readonly limits: LimitService;
  readonly upstream: UpstreamAccess;
  /** undici's options for tenant connections, with guarded DNS look-ups. */
  readonly sockets: object;
  readonly logger: Logger;
}

/**
 * Forwards an UPSTREAM organisation's calls to its tenant, with the tenant's credential instead of the caller's. The
 * gateway authenticates, decides and counts a call before sending it, and returns the tenant's response unchanged.
 */
export async function registerPassThrough(server: FastifyInstance, services: PassThroughServices): Promise<void> {
  const bulkhead = new TenantBulkhead();
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    sendFailure(error, request, reply, { dialect: 'tenant', challenge: 'Bearer', logger: services.logger });
  await server.register(async (scope) => {
    await scope.register(replyFrom, {
      undici: services.sockets,
      disableCache: true,
      disableRequestLogging: true,
      destroyAgent: true,
    });
    scope.removeAllContentTypeParsers();
    // Bodies stream through unread.
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
    scope.route({
      method: METHODS,
      url: TENANT_PATHS,
      errorHandler,
      handler: async (request, reply) => {
        const attached = await admit(request, reply, services);
        const leave = bulkhead.enter(attached.tenantUrl);
        reply.raw.once('close', leave);
        const body = request.body === undefined ? undefined : capBody(request.body as Readable);
        await passCall(request, reply, attached, body);
        return reply;
      },
    });
  });
}

/** Authenticates the caller, decides and counts the call, and returns the tenant's credential. */
async function admit(request: FastifyRequest, reply: FastifyReply, services: PassThroughServices) {
  const principal = await authenticateRequest(request, services);
  if (principal === undefined) throw new DomainError('UNAUTHENTICATED');
  const target = request.raw.url ?? '';
  const decision = decideCall(principal, { method: request.method, target, address: request.ip });
  if (!decision.isAllowed) {
    if (decision.reason === 'bad request') throw new DomainError('INVALID_REQUEST');
    throw new DomainError('FORBIDDEN', { hint: REFUSED[decision.reason] });
  }
  if (readCallPath(target)?.startsWith(OWN_PATHS)) throw new DomainError('METHOD_NOT_ALLOWED');
  refuseAnnounced(request.headers['content-length']);
  reply.headers(rateLimitHeaders(await services.limits.countCalls(principal.organizationId, 1)));
  return services.upstream.attach(principal);
}

const REFUSED = {
  address: 'The connection may not be used from this address.',
  'event-api': 'The Event APIs take no M2M token.',
  role: 'Only super admins’ credentials may write.',
} as const;
