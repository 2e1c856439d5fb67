import type { FastifyRequest } from 'fastify';
import type { Client, CredentialService } from '../../domain/access/credential.service.js';
import { DomainError } from '../../domain/errors.js';
import { Secret } from '../../lib/secrets.js';
import { singleHeader } from '../http/request-headers.js';

interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Longer than any credential of ours or of a tenant's, percent-encoded. */
const BASIC_CHARACTERS_MAX = 2048;

/**
 * Authenticates the client by its Basic header or, where the path takes them, by `client_id` and `client_secret` of
 * the form (RFC 6749 section 2.3.1).
 * @throws DomainError INVALID_CLIENT; INVALID_REQUEST where it authenticates in two ways (section 2.3)
 */
export async function authenticateClient(
  request: FastifyRequest,
  credentials: CredentialService,
  form?: ReadonlyMap<string, string>,
): Promise<Client> {
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
  const client = await authenticateAny(parseBasic(authorization), credentials);
  if (clientId !== undefined && clientId !== client.clientId) {
    throw new DomainError('INVALID_REQUEST', { hint: 'client_id is another than that of the Basic header.' });
  }
  return client;
}

/** The first reading of the header that is a client's; each fails alike. */
async function authenticateAny(readings: ClientCredentials[], credentials: CredentialService): Promise<Client> {
  const [reading, ...rest] = readings;
  if (reading === undefined) throw new DomainError('INVALID_CLIENT');
  try {
    return await credentials.authenticateClient(reading.clientId, reading.clientSecret);
  } catch (error) {
    if (rest.length === 0 || !(error instanceof DomainError) || error.code !== 'INVALID_CLIENT') throw error;
    return authenticateAny(rest, credentials);
  }
}

/**
 * The ways to read a Basic header: form-decoded, as RFC 6749 section 2.3.1 says, and, where that makes a difference,
 * as it stands, as many clients send it. None where it is malformed. Only the first colon separates.
 */
export function parseBasic(authorization: string): ClientCredentials[] {
  if (authorization.length > BASIC_CHARACTERS_MAX) return [];
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return [];
  const raw = { clientId: text.slice(0, colon), secret: text.slice(colon + 1) };
  const decoded = { clientId: formDecode(raw.clientId), secret: formDecode(raw.secret) };
  const readings = decoded.clientId === raw.clientId && decoded.secret === raw.secret ? [raw] : [decoded, raw];
  return readings.flatMap(({ clientId, secret }) =>
    clientId === undefined || secret === undefined ? [] : [{ clientId, clientSecret: new Secret(secret) }],
  );
}

function formDecode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
