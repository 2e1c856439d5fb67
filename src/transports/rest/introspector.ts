import type { FastifyRequest } from 'fastify';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { ProvenClient } from '../../domain/credentials/credential.service.js';
import { DomainError } from '../../domain/errors.js';
import { allowedCidrsOf, machineOf, type Principal } from '../../domain/principal.js';
import { authenticateRequest } from '../http/authenticate-request.js';
import { isBearer } from '../http/challenge.js';
import { authenticateClient } from './client-credentials.js';
import type { RestServices } from './rest-services.js';

/** The caller that introspects a token. */
interface Introspector {
  readonly caller: Principal;
  /** Undefined for a caller with a bearer. */
  readonly proven: ProvenClient | undefined;
}

/**
 * Authenticates the introspecting caller by client credentials or a bearer (RFC 7662 section 2.1).
 * @throws DomainError as authenticateClient; INVALID_TOKEN; FORBIDDEN if the bearer lacks the scope
 */
export async function authenticateIntrospector(
  request: FastifyRequest,
  services: RestServices,
  form?: ReadonlyMap<string, string>,
): Promise<Introspector> {
  if (isBearer(request.headers.authorization)) return fromBearer(request, services, form);
  const proven = await authenticateClient(request, services, form);
  return { caller: machineOf(proven.client, 'client secret'), proven };
}

async function fromBearer(
  request: FastifyRequest,
  services: RestServices,
  form?: ReadonlyMap<string, string>,
): Promise<Introspector> {
  // RFC 6749 section 2.3: one authentication method per request.
  if (form?.has('client_secret')) {
    throw new DomainError('INVALID_REQUEST', { hint: 'Authenticate in one way: the bearer or the form, not both.' });
  }
  const principal = await authenticateRequest(request, services);
  if (principal === undefined) throw new DomainError('UNAUTHENTICATED');
  if (!principal.scopes.includes('m2m:introspect')) throw new DomainError('FORBIDDEN');
  requireAllowedAddress(request, allowedCidrsOf(principal));
  return { caller: principal, proven: undefined };
}
