import type { Secret } from '../../lib/secrets.js';

declare const validated: unique symbol;

/** A tenant's origin, such as `https://acme.gainsightcloud.com`, which only `parseTenantUrl` makes. */
export type TenantUrl = string & { readonly [validated]: true };

/** Why a tenant gave no usable answer, for operators and for deciding on a retry; never the tenant's words. */
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
  /** Not asked: the tenant has failed too often lately. */
  | 'CIRCUIT_OPEN';

export interface TenantUnavailable {
  readonly outcome: 'UNAVAILABLE';
  readonly reason: UnavailableReason;
  /** A system's or TLS's error code, or a status, for the log. Holds no text of the tenant or a caller. */
  readonly detail: string;
}

/** The tenant says no, and will say no until an admin changes something: asking again is useless. */
export interface TenantRefused {
  readonly outcome: 'REFUSED';
  /** ADDRESS: the credentials may be right, but the tenant's allow list lacks the gateway's address. */
  readonly because: 'CREDENTIALS' | 'ADDRESS';
}

export interface TenantRateLimited {
  readonly outcome: 'RATE_LIMITED';
  /** The time to leave the tenant in peace: from one second to an hour. */
  readonly retryAfterMs: number;
}

export type TenantFailure = TenantRefused | TenantRateLimited | TenantUnavailable;

export interface TenantToken {
  readonly outcome: 'ISSUED';
  readonly accessToken: Secret;
  /** Counted from the sending of the request: a slow answer makes no token live longer. */
  readonly expiresAt: number;
}

/** INACTIVE: unknown, expired or revoked; the tenant does not say which. */
export type TenantIntrospection =
  | { readonly outcome: 'ACTIVE'; readonly expiresAt: number }
  | { readonly outcome: 'INACTIVE' };

/**
 * A tenant that makes and checks its own credentials. Every answer, however odd, is a value; each question is one
 * attempt, within seconds.
 */
export interface TenantPort {
  /** Requests a new access token for one of the tenant's clients. */
  requestToken(tenantUrl: TenantUrl, clientId: string, clientSecret: Secret): Promise<TenantToken | TenantFailure>;

  /** Asks about a token, as one of the tenant's clients. */
  introspectToken(
    tenantUrl: TenantUrl,
    clientId: string,
    clientSecret: Secret,
    token: Secret,
  ): Promise<TenantIntrospection | TenantFailure>;

  /** Whether the tenant accepts the access key, by a call that changes nothing. */
  checkAccessKey(tenantUrl: TenantUrl, accessKey: Secret): Promise<{ readonly outcome: 'ACCEPTED' } | TenantFailure>;
}
