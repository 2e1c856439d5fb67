import { SECRET_PREFIXES, Secret } from '../../lib/secrets.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import { type Authenticate, machineOf, type PresentedCredentials, type Principal, type User } from '../principal.js';
import type { AdminTokens } from '../sign-in/admin-tokens.js';
import type { CredentialService } from './credential.service.js';
import type { AuthenticateUser } from './identity-provider.js';

/** Further ways to prove who a user is. */
export interface UserProofs {
  /** A JWT of the identity provider. */
  readonly authenticateUser?: AuthenticateUser | undefined;
  /** A session of the console. @throws DomainError UNAUTHENTICATED where the session has ended */
  readonly authenticateSession?: (session: Secret) => Promise<User>;
}

/** Turns a request's credential (admin token, access token, access key, or one of `userProofs`) into a principal. */
export function createAuthenticate(
  credentials: CredentialService,
  adminTokens: AdminTokens,
  organizations: OrganizationDirectory,
  userProofs: UserProofs = {},
): Authenticate {
  return async (presented) => {
    const principal = await identify(presented, { credentials, adminTokens, ...userProofs });
    // The credential is good, but the configuration no longer names its organisation.
    if (principal !== undefined && !organizations.has(principal.organizationId)) throw new DomainError('INVALID_TOKEN');
    return principal;
  };
}

/** Those who know which credentials are good. */
interface Verifiers extends UserProofs {
  readonly credentials: CredentialService;
  readonly adminTokens: AdminTokens;
}

async function identify(
  { authorization, accessKey, session }: PresentedCredentials,
  verifiers: Verifiers,
): Promise<Principal | undefined> {
  if (authorization !== undefined && accessKey !== undefined) {
    throw new DomainError('INVALID_REQUEST', {
      hint: 'Present one credential: either Authorization or accesskey, not both.',
    });
  }
  if (accessKey !== undefined) return fromAccessKey(verifiers, new Secret(accessKey));
  if (authorization !== undefined) return fromBearer(verifiers, parseBearer(authorization));
  return session && verifiers.authenticateSession?.(session);
}

async function fromAccessKey({ credentials }: Verifiers, accessKey: Secret): Promise<Principal> {
  return machineOf(await credentials.authenticateAccessKey(accessKey), 'access key');
}

/** A signed JWT in its compact form (RFC 7515 section 7.1). No credential of Latchkey's own has two dots. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

async function fromBearer(
  { credentials, adminTokens, authenticateUser }: Verifiers,
  bearer: Secret,
): Promise<Principal> {
  if (bearer.reveal().startsWith(SECRET_PREFIXES.accessToken)) {
    const token = await credentials.authenticateAccessToken(bearer);
    return machineOf(await credentials.clientOf(token), 'access token');
  }
  if (authenticateUser !== undefined && JWT.test(bearer.reveal())) return authenticateUser(bearer);
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
