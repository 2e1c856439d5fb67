import { SECRET_PREFIXES, Secret } from '../../lib/secrets.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import { type Authenticate, machineOf, type PresentedCredentials, type Principal } from '../principal.js';
import type { AdminTokens } from '../sign-in/admin-tokens.js';
import type { CredentialService } from './credential.service.js';
import { type ClaimNames, type IdentityProvider, userOfClaims } from './identity-provider.js';

/** Turns a request's credential (admin token, access token or access key) into a principal. */
export function createAuthenticate(
  credentials: CredentialService,
  adminTokens: AdminTokens,
  organizations: OrganizationDirectory,
): Authenticate {
  return async (presented) => {
    const principal = await identify(presented, credentials, adminTokens);
    // The credential is good, but the configuration no longer names its organisation.
    if (principal !== undefined && !organizations.has(principal.organizationId)) throw new DomainError('INVALID_TOKEN');
    return principal;
  };
}

/** Takes a JWT in `Authorization` for the identity provider's, and leaves any other credential to `authenticate`. */
export function withIdentityProvider(
  authenticate: Authenticate,
  provider: IdentityProvider,
  names: ClaimNames,
  organizations: OrganizationDirectory,
): Authenticate {
  return async (presented) => {
    const { authorization, accessKey } = presented;
    const bearer = authorization === undefined || accessKey !== undefined ? undefined : parseBearer(authorization);
    if (bearer === undefined || !JWT.test(bearer.reveal())) return authenticate(presented);
    return userOfClaims(await provider.verify(bearer), names, organizations);
  };
}

/** A signed JWT in its compact form (RFC 7515 section 7.1). No credential of Latchkey's own has two dots. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

async function identify(
  { authorization, accessKey }: PresentedCredentials,
  credentials: CredentialService,
  adminTokens: AdminTokens,
): Promise<Principal | undefined> {
  if (authorization !== undefined && accessKey !== undefined) {
    throw new DomainError('INVALID_REQUEST', {
      hint: 'Present one credential: either Authorization or accesskey, not both.',
    });
  }
  if (accessKey !== undefined) return fromAccessKey(credentials, new Secret(accessKey));
  if (authorization !== undefined) return fromBearer(credentials, adminTokens, parseBearer(authorization));
  return undefined;
}

async function fromAccessKey(credentials: CredentialService, accessKey: Secret): Promise<Principal> {
  return machineOf(await credentials.authenticateAccessKey(accessKey), 'access key');
}

async function fromBearer(
  credentials: CredentialService,
  adminTokens: AdminTokens,
  bearer: Secret,
): Promise<Principal> {
  if (bearer.reveal().startsWith(SECRET_PREFIXES.accessToken)) {
    const token = await credentials.authenticateAccessToken(bearer);
    return machineOf(await credentials.clientOf(token), 'access token');
  }
  const principal = adminTokens.verify(bearer);
  if (principal === undefined) throw new DomainError('INVALID_TOKEN');
  return principal;
}

/** RFC 6750 section 2.1: the scheme in any letter case, one b64token. */
function parseBearer(authorization: string): Secret {
  const [, token] = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined) {
    throw new DomainError('INVALID_TOKEN', { hint: 'The Authorization header must be Bearer and one token.' });
  }
  return new Secret(token);
}
