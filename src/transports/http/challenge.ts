import type { DomainError } from '../../domain/errors.js';

/** The authentication scheme of a path. */
export type Scheme = 'Basic' | 'Bearer';

/** RFC 9110 section 11.1: the scheme is case-insensitive. */
export function isBearer(authorization: string | undefined): boolean {
  return authorization !== undefined && /^bearer(?: |$)/i.test(authorization);
}

/**
 * The `WWW-Authenticate` of a 401: Bearer for a refused bearer, otherwise the path's scheme. Only a refused bearer gets
 * `invalid_token` (RFC 6750 section 3), at which clients renew their token.
 */
export function challengeOf({ code }: DomainError, authorization: string | undefined, scheme: Scheme): string {
  if (code === 'INVALID_TOKEN' && isBearer(authorization)) return 'Bearer realm="latchkey", error="invalid_token"';
  return `${scheme} realm="latchkey"`;
}
