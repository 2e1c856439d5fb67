import type { Secret } from '../../lib/secrets.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import { type User, userOf } from '../principal.js';

/** The claims of a bearer whose issuer and integrity are proven (RFC 7519 section 4). */
export type Claims = Readonly<Record<string, unknown>>;

/** Whoever signs people in, outside of Latchkey. */
export interface IdentityProvider {
  /**
   * Proves a bearer to be of this provider, for this gateway, and not expired.
   * @throws DomainError INVALID_TOKEN; TEMPORARILY_UNAVAILABLE where the provider's keys are needed and cannot be had
   */
  verify(bearer: Secret): Promise<Claims>;
}

/** Turns a JWT of the provider into its user. @throws DomainError as IdentityProvider.verify and userOfClaims */
export type AuthenticateUser = (jwt: Secret) => Promise<User>;

/** Which claims say who a user is. */
export interface ClaimNames {
  readonly role: string;
  /** Undefined: every user is of the one organisation that there is. */
  readonly organization: string | undefined;
  /** The claim's values for either role. */
  readonly superAdmin: string;
  readonly admin: string;
}

/** OpenID Connect Core 1.0 section 2: at most 255 characters. No control characters: logs and databases take none. */
const SUBJECT = /^\P{Cc}{1,255}$/u;

/**
 * Reads the user from proven claims.
 * @throws DomainError FORBIDDEN where they name no role of ours or no configured organisation; INVALID_TOKEN without a
 * subject
 */
export function userOfClaims(claims: Claims, names: ClaimNames, organizations: OrganizationDirectory): User {
  const { sub: subject } = claims;
  if (typeof subject !== 'string' || !SUBJECT.test(subject)) {
    throw new DomainError('INVALID_TOKEN', { hint: 'The token has no sub claim that could name a user.' });
  }
  const roles = valuesOf(claims, names.role);
  // A member of both groups has the rights of both.
  const role = roles.includes(names.superAdmin) ? 'SUPER_ADMIN' : roles.includes(names.admin) ? 'ADMIN' : undefined;
  if (role === undefined) {
    throw new DomainError('FORBIDDEN', { hint: 'The token gives its user no role here. Ask whoever signs people in.' });
  }
  return userOf(role, subject, organizationOf(claims, names, organizations));
}

function organizationOf(claims: Claims, { organization }: ClaimNames, organizations: OrganizationDirectory): string {
  const named = organization === undefined ? organizations.ids : valuesOf(claims, organization);
  const [id] = named;
  // Whom several organisations are open to has to say which one: a principal is always of one.
  if (named.length === 1 && id !== undefined && organizations.has(id)) return id;
  throw new DomainError('FORBIDDEN', { hint: 'The token names no organisation of this gateway, or several.' });
}

/** A claim is one text or a list: groups and roles are lists at most providers. */
function valuesOf(claims: Claims, name: string): readonly string[] {
  const value = claims[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each): each is string => typeof each === 'string');
}
