import type { Scope } from '../../domain/principal.js';

/** The one scope of an access token. */
export const TOKEN_SCOPE: Scope = 'm2m:introspect';

export const METADATA_PATH = '/.well-known/oauth-authorization-server';

export const STANDARD_PATHS = {
  token: '/oauth2/token',
  introspect: '/oauth2/introspect',
  revoke: '/oauth2/revoke',
} as const;

/** What RFC 8414 section 2 lets clients find out for themselves. `issuer` is the URL that they reach us under. */
export function describeAuthorizationServer(issuer: string) {
  const clientAuthentication = ['client_secret_basic', 'client_secret_post'];
  return {
    issuer,
    token_endpoint: `${issuer}${STANDARD_PATHS.token}`,
    introspection_endpoint: `${issuer}${STANDARD_PATHS.introspect}`,
    revocation_endpoint: `${issuer}${STANDARD_PATHS.revoke}`,
    grant_types_supported: ['client_credentials'],
    // Required by the RFC, and empty: there is no authorization endpoint.
    response_types_supported: [],
    scopes_supported: [TOKEN_SCOPE],
    token_endpoint_auth_methods_supported: clientAuthentication,
    introspection_endpoint_auth_methods_supported: clientAuthentication,
    revocation_endpoint_auth_methods_supported: clientAuthentication,
  };
}
