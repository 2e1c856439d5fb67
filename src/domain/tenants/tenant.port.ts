import type { Secret } from '../../lib/secrets.js';

declare const validated: unique symbol;

/** Where a tenant is: an origin such as `https://acme.gainsightcloud.com`, which only `parseTenantUrl` makes. */
export type TenantUrl = string & { readonly [validated]: true };

/** Why there is no answer that could be used. For operators and for deciding whether to ask again; never the tenant's words. */
export type UnavailableReason =
  | 'TIMED_OUT'
  | 'UNREACHABLE'
  | 'FORBIDDEN_ADDRESS'
  | 'REDIRECTED'
  | 'SERVER_ERROR'
  | 'UNEXPECTED_STATUS'
  | 'INTERRUPTED'
  | 'TOO_LARGE'
  | 'ENCODED'
  | 'MALFORMED'
  /** It was not asked: it has failed too often lately. */
  | 'CIRCUIT_OPEN';

export interface TenantUnavailable {
  readonly outcome: 'UNAVAILABLE';
  readonly reason: UnavailableReason;
  /** A system's or TLS's error code, or a status: for the log. Holds nothing that the tenant or a caller wrote. */
  readonly detail: string;
}

/** The tenant says no. It goes on saying so until an admin changes something, so asking again is of no use. */
export interface TenantRefused {
  readonly outcome: 'REFUSED';
  /** ADDRESS: what was presented may be right, but the tenant's allow list lacks the address that this came from. */
  readonly because: 'CREDENTIALS' | 'ADDRESS';
}

export interface TenantRateLimited {
  readonly outcome: 'RATE_LIMITED';
  /** How long to leave the tenant in peace: from one second to an hour. */
  readonly retryAfterMs: number;
}

export type TenantFailure = TenantRefused | TenantRateLimited | TenantUnavailable;

export interface TenantToken {
  readonly outcome: 'ISSUED';
  readonly accessToken: Secret;
  /** Counted from when the request was sent: a slow answer makes no token live longer. */
  readonly expiresAt: number;
}

/** INACTIVE: unknown, expired or revoked; the tenant does not say which. */
export type TenantIntrospection =
  | { readonly outcome: 'ACTIVE'; readonly expiresAt: number }
  | { readonly outcome: 'INACTIVE' };

/**
 * A tenant that makes and checks credentials of its own. What it answers, however odd, is a value; each question is one
 * attempt, which ends within seconds.
 */
export interface TenantPort {
  /** A new access token for a client of the tenant's. */
  requestToken(tenantUrl: TenantUrl, clientId: string, clientSecret: Secret): Promise<TenantToken | TenantFailure>;

  /** What the tenant says of a token of that client's. */
  introspectToken(
    tenantUrl: TenantUrl,
    clientId: string,
    clientSecret: Secret,
    token: Secret,
  ): Promise<TenantIntrospection | TenantFailure>;

  /** Whether the tenant takes the access key, by a call that changes nothing. */
  checkAccessKey(tenantUrl: TenantUrl, accessKey: Secret): Promise<{ readonly outcome: 'ACCEPTED' } | TenantFailure>;
}
