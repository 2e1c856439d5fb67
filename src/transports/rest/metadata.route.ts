import type { FastifyInstance } from 'fastify';
import type { Scope } from '../../domain/principal.js';
import { sendJson } from './json-response.js';

/** An access token's only scope. */
export const TOKEN_SCOPE: Scope = 'm2m:introspect';

export const STANDARD_PREFIX = '/oauth2';

/** Paths under STANDARD_PREFIX. */
export const STANDARD_PATHS = { token: '/token', introspect: '/introspect', revoke: '/revoke' } as const;

/** RFC 8414 section 3, and OpenID Connect Discovery, which many clients try first. */
const WELL_KNOWN = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'] as const;

/**
 * The paths at which clients look for an issuer's metadata. RFC 8414 section 3.1 puts `issuerPath` after the well-known
 * path; section 5 mentions clients that put it before. A proxy may strip `issuerPath`.
 */
export function metadataPathsOf(issuerPath: string): ReadonlySet<string> {
  const [, openid] = WELL_KNOWN;
  return new Set([...WELL_KNOWN, ...WELL_KNOWN.map((path) => `${path}${issuerPath}`), `${issuerPath}${openid}`]);
}

/** The metadata of RFC 8414 section 2. `issuer` is our public URL. */
export function describeAuthorizationServer(issuer: string) {
  const clientAuthentication = ['client_secret_basic', 'client_secret_post'];
  const endpoints = `${issuer}${STANDARD_PREFIX}`;
  return {
    issuer,
    token_endpoint: `${endpoints}${STANDARD_PATHS.token}`,
    introspection_endpoint: `${endpoints}${STANDARD_PATHS.introspect}`,
    revocation_endpoint: `${endpoints}${STANDARD_PATHS.revoke}`,
    grant_types_supported: ['client_credentials'],
    // RFC 8414 section 2 requires the field, section 3.2 forbids an empty array: more parsers need the field.
    response_types_supported: [],
    scopes_supported: [TOKEN_SCOPE],
    token_endpoint_auth_methods_supported: clientAuthentication,
    // Section 2: access token types stand beside client authentication methods here.
    introspection_endpoint_auth_methods_supported: [...clientAuthentication, 'Bearer'],
    revocation_endpoint_auth_methods_supported: clientAuthentication,
  };
}

/**
 * Serves RFC 8414 metadata at each path that clients derive from the issuer. `issuerPath` is its URL's path, `` if
 * none.
 */
export function registerMetadataRoutes(server: FastifyInstance, issuer: () => string, issuerPath: string): void {
  for (const path of metadataPathsOf(issuerPath)) {
    // The router decodes paths, and reads a single colon as a parameter.
    server.get(decodeURI(path).replaceAll(':', '::'), async (_request, reply) =>
      sendJson(reply, describeAuthorizationServer(issuer())),
    );
  }
}
