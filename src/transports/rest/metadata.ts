import type { Scope } from '../../domain/principal.js';

/** The one scope of an access token. */
export const TOKEN_SCOPE: Scope = 'm2m:introspect';

export const STANDARD_PREFIX = '/oauth2';

/** Behind the prefix. */
export const STANDARD_PATHS = { token: '/token', introspect: '/introspect', revoke: '/revoke' } as const;

/** RFC 8414 section 3, and OpenID Connect Discovery's, which many clients ask for first. */
const WELL_KNOWN = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'] as const;

/**
 * Where clients look for the metadata of an issuer whose URL has this path. RFC 8414 section 3.1 puts the path behind the
 * well-known one, section 5 tells of clients that put it before. A proxy that strips it leaves none.
 */
export function metadataPathsOf(issuerPath: string): ReadonlySet<string> {
  const [, openid] = WELL_KNOWN;
  return new Set([...WELL_KNOWN, ...WELL_KNOWN.map((path) => `${path}${issuerPath}`), `${issuerPath}${openid}`]);
}

/** What RFC 8414 section 2 lets clients find out for themselves. `issuer` is the URL that they reach us under. */
export function describeAuthorizationServer(issuer: string) {
  const clientAuthentication = ['client_secret_basic', 'client_secret_post'];
  const endpoints = `${issuer}${STANDARD_PREFIX}`;
  return {
    issuer,
    token_endpoint: `${endpoints}${STANDARD_PATHS.token}`,
    introspection_endpoint: `${endpoints}${STANDARD_PATHS.introspect}`,
    revocation_endpoint: `${endpoints}${STANDARD_PATHS.revoke}`,
    grant_types_supported: ['client_credentials'],
    // RFC 8414 section 2 requires it, section 3.2 forbids it empty: parsers that need it are the more common ones.
    response_types_supported: [],
    scopes_supported: [TOKEN_SCOPE],
    token_endpoint_auth_methods_supported: clientAuthentication,
    // Section 2: here the types of access tokens stand beside the ways of client authentication.
    introspection_endpoint_auth_methods_supported: [...clientAuthentication, 'Bearer'],
    revocation_endpoint_auth_methods_supported: clientAuthentication,
  };
}
