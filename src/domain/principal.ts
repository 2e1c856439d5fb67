/** What a caller may do. Super admins: all three; admins: all but m2m:admin; machines: m2m:introspect. */
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

/** Who calls, proven. Always of exactly one organisation; never built from what a request merely claims. */
export type Principal = User | Machine;

export interface User {
  readonly role: UserRole;
  /** As who signs users in calls this one. */
  readonly subject: string;
  readonly organizationId: string;
  readonly scopes: readonly Scope[];
}

export interface Machine extends MachineConnection {
  readonly role: 'MACHINE';
  /** What it proved itself by. */
  readonly credential: 'client secret' | 'access token' | 'access key';
  readonly scopes: readonly Scope[];
}

/** The connection that a machine came by. */
interface MachineConnection {
  readonly connectionId: string;
  readonly organizationId: string;
  /** Undefined of an access key. */
  readonly clientId: string | undefined;
  /** From where it may be used; empty: from anywhere. */
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

/** From where a caller may call; empty: from anywhere. */
export function allowedCidrsOf(principal: Principal): readonly string[] {
  return principal.role === 'MACHINE' ? principal.allowedCidrs : [];
}

/** The credentials that a request can present, as its headers gave them. */
export interface PresentedCredentials {
  readonly authorization: string | undefined;
  readonly accessKey: string | undefined;
}

/**
 * Proves who calls. Undefined where no credential was presented.
 * @throws DomainError INVALID_TOKEN where one was presented and is not (any more) good; INVALID_REQUEST where two were
 */
export type Authenticate = (presented: PresentedCredentials) => Promise<Principal | undefined>;
