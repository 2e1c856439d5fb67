import type { DomainError } from '../../domain/errors.js';

/** The scheme that a path takes credentials by. */
export type Scheme = 'Basic' | 'Bearer';

/** RFC 9110 section 11.1: the scheme in any letter case. */
export function isBearer(authorization: string | undefined): boolean {
  return authorization !== undefined && /^bearer(?: |$)/i.test(authorization);
}

/**
 * The `WWW-Authenticate` of a 401: the scheme of the path or, where a bearer was tried and is no good, that one. Only
 * then it says so (RFC 6750 section 3): clients renew their token at that word.
 */
export function challengeOf({ code }: DomainError, authorization: string | undefined, scheme: Scheme): string {
  if (code === 'INVALID_TOKEN' && isBearer(authorization)) return 'Bearer realm="latchkey", error="invalid_token"';
  return `${scheme} realm="latchkey"`;
}
