import type { Secret } from '../lib/secrets.js';

/** What a caller may do. Super admins have all three scopes, admins all but m2m:admin, machines m2m:introspect. */
export type Scope = 'm2m:introspect' | 'm2m:read' | 'm2m:admin';

export const USER_ROLES = ['SUPER_ADMIN', 'ADMIN'] as const;
export type UserRole = (typeof USER_ROLES)[number];
export const ROLES = [...USER_ROLES, 'MACHINE'] as const;
export type Role = (typeof ROLES)[number];

const SCOPES_OF_ROLE: Record<Role, readonly Scope[]> = {
  SUPER_ADMIN: ['m2m:introspect', 'm2m:read', 'm2m:admin'],
  ADMIN: ['m2m:introspect', 'm2m:read'],
  MACHINE: ['m2m:introspect'],
};

/** The authenticated caller, always of exactly one organisation; never built from what a request merely claims. */
export type Principal = User | Machine;

export interface User {
  readonly role: UserRole;
  /** The user's id, as the issuer of the user's bearer gives it. */
  readonly subject: string;
  readonly organizationId: string;
  readonly scopes: readonly Scope[];
}

export interface Machine extends MachineConnection {
  readonly role: 'MACHINE';
  /** The credential that the machine authenticated with. */
  readonly credential: 'client secret' | 'access token' | 'access key';
  readonly scopes: readonly Scope[];
}

/** The connection that a machine authenticated through. */
interface MachineConnection {
  readonly connectionId: string;
  readonly organizationId: string;
  /** Undefined for an access key. */
  readonly clientId: string | undefined;
  /** The addresses that the connection may be used from; empty: any. */
  readonly allowedCidrs: readonly string[];
}

export function userOf(role: UserRole, subject: string, organizationId: string): User {
  return { role, subject, organizationId, scopes: SCOPES_OF_ROLE[role] };
}

export function machineOf(
  connection: Omit<MachineConnection, 'connectionId'> & { readonly id: string },
  credential: Machine['credential'],
): Machine {
  const { id: connectionId, organizationId, clientId, allowedCidrs } = connection;
  return {
    role: 'MACHINE',
    connectionId,
    organizationId,
    clientId,
    allowedCidrs,
    credential,
    scopes: SCOPES_OF_ROLE.MACHINE,
  };
}

/** A user's subject, a client's id, or the id of an access key's connection. */
export function idOf(principal: Principal): string {
  return principal.role === 'MACHINE' ? (principal.clientId ?? principal.connectionId) : principal.subject;
}

/** How the audit log names a caller: `user:…` or `machine:…`. */
export function actorOf(principal: Principal): string {
  return `${principal.role === 'MACHINE' ? 'machine' : 'user'}:${idOf(principal)}`;
}

/** The addresses that a caller may call from; empty: any. */
export function allowedCidrsOf(principal: Principal): readonly string[] {
  return principal.role === 'MACHINE' ? principal.allowedCidrs : [];
}

/** The credentials in a request's headers. */
export interface PresentedCredentials {
  readonly authorization: string | undefined;
  readonly accessKey: string | undefined;
  /** The session of the console's cookie, which a browser sends by itself: headers that somebody set come first. */
  readonly session?: Secret | undefined;
}

/**
 * Authenticates the caller; undefined where the request presents no credential.
 * @throws DomainError INVALID_TOKEN where the credential is not, or no longer, good; INVALID_REQUEST where there are
 * two
 */
export type Authenticate = (presented: PresentedCredentials) => Promise<Principal | undefined>;
