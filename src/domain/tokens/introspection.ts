import type { AccessToken } from './access-token.js';
import type { UpstreamToken } from './upstream-introspection.js';

/**
 * What is known of a token that lives, and nothing but "no" otherwise: unknown, expired, revoked, malformed and foreign
 * tokens cannot be told apart (RFC 7662 section 2.2).
 */
export type Introspection =
  | { readonly active: true; readonly token: AccessToken | UpstreamToken }
  | { readonly active: false };

/** Whether Latchkey issued the token, so that it can tell without asking anybody when it dies. */
export function isIssuedHere(token: AccessToken | UpstreamToken): token is AccessToken {
  return 'digest' in token;
}
