import type { FastifyRequest } from 'fastify';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import { DomainError } from '../../domain/errors.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { isBearer } from '../http/challenge.js';
import { authenticateClient } from './client-credentials.js';
import type { RestServices } from './rest-services.js';

/** Who asks about a token. */
interface Introspector {
  readonly organizationId: string;
  /** Undefined: a user. */
  readonly clientId: string | undefined;
  /** Undefined: somebody with a bearer. */
  readonly proven: ProvenClient | undefined;
}

/**
 * Proves who introspects: a client by its own credentials, or whoever presents a bearer (RFC 7662 section 2.1).
 * @throws DomainError as authenticateClient; INVALID_TOKEN; FORBIDDEN where the bearer lacks the scope
 */
export async function authenticateIntrospector(
  request: FastifyRequest,
  services: RestServices,
  form?: ReadonlyMap<string, string>,
): Promise<Introspector> {
  if (isBearer(request.headers.authorization)) return fromBearer(request, services, form);
  const proven = await authenticateClient(request, services, form);
  const { organizationId, clientId } = proven.client;
  return { organizationId, clientId, proven };
}

async function fromBearer(
  request: FastifyRequest,
  services: RestServices,
  form?: ReadonlyMap<string, string>,
): Promise<Introspector> {
  // RFC 6749 section 2.3: one way of authentication.
  if (form?.has('client_secret')) {
    throw new DomainError('INVALID_REQUEST', { hint: 'Authenticate in one way: the bearer or the form, not both.' });
  }
  const principal = await authenticateRequest(request, services);
  if (principal === undefined) throw new DomainError('UNAUTHENTICATED');
  if (!principal.scopes.includes('m2m:introspect')) throw new DomainError('FORBIDDEN');
  requireAllowedAddress(request, principal.proof?.allowedCidrs ?? []);
  const clientId = principal.role === 'MACHINE' ? principal.id : undefined;
  return { organizationId: principal.organizationId, clientId, proven: undefined };
}
