import type { FastifyRequest } from 'fastify';
import { requireAllowedAddress } from '../../domain/connections/allowed-cidrs.js';
import type { CredentialService, ProvenClient } from '../../domain/credentials/credential.service.js';
import { DomainError } from '../../domain/errors.js';
import { Secret } from '../../lib/secrets.js';
import { networkOf } from '../http/network.js';
import { singleHeader } from '../http/request-headers.js';
import type { RestServices } from './rest-services.js';

interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Longer than any percent-encoded credential, ours or a tenant's. */
const BASIC_CHARACTERS_MAX = 2048;

/**
 * Authenticates a request's client. A refusal counts against the request's network and client id.
 * @throws DomainError INVALID_CLIENT; FORBIDDEN if the connection excludes the address; RATE_LIMITED after too many
 * refusals; INVALID_REQUEST if the client authenticates in two ways
 */
export function authenticateClient(
  request: FastifyRequest,
  services: RestServices,
  form?: ReadonlyMap<string, string>,
): ProvenClient | Promise<ProvenClient> {
  const refuse = async (error: unknown): Promise<never> => {
    if (error instanceof DomainError && error.code === 'INVALID_CLIENT') {
      await services.limits.countFailure(networkOf(request.ip), clientIdOf(request, form));
    }
    throw error;
  };
  const admit = (proven: ProvenClient): ProvenClient => {
    requireAllowedAddress(request, proven.client.allowedCidrs);
    return proven;
  };
  try {
    const proven = proveClient(request, services, form);
    return proven instanceof Promise ? proven.then(admit).catch(refuse) : admit(proven);
  } catch (error) {
    return refuse(error);
  }
}

function clientIdOf(request: FastifyRequest, form?: ReadonlyMap<string, string>): string | undefined {
  const [basic] = parseBasic(request.headers.authorization ?? '');
  return basic?.clientId ?? form?.get('client_id');
}

/**
 * Authenticates the client by its Basic header or by the form's `client_id` and `client_secret`, if the path takes a
 * form (RFC 6749 section 2.3.1).
 * @throws DomainError INVALID_CLIENT; INVALID_REQUEST if the client authenticates in two ways (section 2.3)
 */
function proveClient(
  request: FastifyRequest,
  { credentials, provenHeaders }: RestServices,
  form?: ReadonlyMap<string, string>,
): ProvenClient | Promise<ProvenClient> {
  const authorization = singleHeader(request.raw, 'authorization');
  const clientId = form?.get('client_id');
  const clientSecret = form?.get('client_secret');
  if (authorization === undefined) {
    if (clientId === undefined || clientSecret === undefined) throw new DomainError('INVALID_CLIENT');
    return credentials.authenticateClient(clientId, new Secret(clientSecret));
  }
  if (clientSecret !== undefined) {
    throw new DomainError('INVALID_REQUEST', {
      hint: 'Authenticate in one way: the Basic header or the form, not both.',
    });
  }
  const fingerprint = provenHeaders.fingerprint(authorization);
  const known = provenHeaders.recall(fingerprint);
  if (known !== undefined && credentials.isStillProven(known)) return refuseAnother(known, clientId);
  return authenticateAny(parseBasic(authorization), credentials).then((proven) => {
    provenHeaders.remember(fingerprint, proven);
    return refuseAnother(proven, clientId);
  });
}

function refuseAnother(proven: ProvenClient, clientId: string | undefined): ProvenClient {
  if (clientId === undefined || clientId === proven.client.clientId) return proven;
  throw new DomainError('INVALID_REQUEST', { hint: 'client_id differs from the client id in the Basic header.' });
}

/** Authenticates the first reading of the header that names a client; every reading fails alike. */
async function authenticateAny(
  [reading, other]: ClientCredentials[],
  credentials: CredentialService,
): Promise<ProvenClient> {
  if (reading === undefined) throw new DomainError('INVALID_CLIENT');
  const proven = credentials.authenticateClient(reading.clientId, reading.clientSecret);
  if (other === undefined) return proven;
  return proven.catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'INVALID_CLIENT') throw error;
    return credentials.authenticateClient(other.clientId, other.clientSecret);
  });
}

/**
 * The readings of a Basic header: form-decoded (RFC 6749 section 2.3.1) and, if different, raw, as many clients send
 * it. A malformed header has none. Only the first colon separates.
 */
export function parseBasic(authorization: string): ClientCredentials[] {
  if (authorization.length > BASIC_CHARACTERS_MAX) return [];
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return [];
  const raw = { clientId: text.slice(0, colon), clientSecret: new Secret(text.slice(colon + 1)) };
  if (!/[%+]/.test(text)) return [raw];
  const clientId = formDecode(raw.clientId);
  const clientSecret = formDecode(raw.clientSecret.reveal());
  if (clientId === undefined || clientSecret === undefined) return [raw];
  return [{ clientId, clientSecret: new Secret(clientSecret) }, raw];
}

function formDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
