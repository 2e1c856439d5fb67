import type { AccessToken } from './access-token.js';
import type { UpstreamToken } from './upstream-introspection.js';

/**
 * A live token, or a bare "no": unknown, expired, revoked, malformed and foreign tokens look the same (RFC 7662 section
 * 2.2).
 */
export type Introspection =
  | { readonly active: true; readonly token: AccessToken | UpstreamToken }
  | { readonly active: false };
