/** LOCAL: Latchkey makes and checks the credentials. UPSTREAM: a tenant does. */
export const ISSUERS = ['LOCAL', 'UPSTREAM'] as const;
export type Issuer = (typeof ISSUERS)[number];

/** The tenant. Organisations come from the operator's configuration; everything else belongs to one of them. */
export interface Organization {
  readonly id: string;
  readonly issuer: Issuer;
}
