/** What a caller may do. Super admins: all three; admins: all but m2m:admin; machines: m2m:introspect. */
export type Scope = 'm2m:introspect' | 'm2m:read' | 'm2m:admin';

export const ROLES = ['SUPER_ADMIN', 'ADMIN', 'MACHINE'] as const;
export type Role = (typeof ROLES)[number];

const SCOPES_OF_ROLE: Record<Role, readonly Scope[]> = {
  SUPER_ADMIN: ['m2m:introspect', 'm2m:read', 'm2m:admin'],
  ADMIN: ['m2m:introspect', 'm2m:read'],
  MACHINE: ['m2m:introspect'],
};

/** How a machine proved itself, through which connection, and from where that may be used (empty: from anywhere). */
export interface MachineProof {
  readonly credential: 'access token' | 'access key';
  readonly connectionId: string;
  readonly allowedCidrs: readonly string[];
}

/** Who calls, proven. Always of exactly one organisation; never built from what a request merely claims. */
export interface Principal {
  /** The user's subject, the OAuth client's id, or the id of the access key's connection. */
  readonly id: string;
  readonly role: Role;
  readonly organizationId: string;
  readonly scopes: readonly Scope[];
  /** Of a machine that presented a credential of its own. */
  readonly proof: MachineProof | undefined;
}

export function createPrincipal(role: Role, id: string, organizationId: string, proof?: MachineProof): Principal {
  return { id, role, organizationId, scopes: SCOPES_OF_ROLE[role], proof };
}

/** How the audit log names a caller: `user:…` or `machine:…`. */
export function actorOf(principal: Principal): string {
  return `${principal.role === 'MACHINE' ? 'machine' : 'user'}:${principal.id}`;
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
