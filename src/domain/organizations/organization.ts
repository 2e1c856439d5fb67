import type { TenantUrl } from '../tenants/tenant.port.js';

/** LOCAL: Latchkey makes and checks the credentials. UPSTREAM: a tenant does. */
export const ISSUERS = ['LOCAL', 'UPSTREAM'] as const;
export type Issuer = (typeof ISSUERS)[number];

/** The tenant. Organisations come from the operator's configuration; everything else belongs to one of them. */
export type Organization = LocalOrganization | UpstreamOrganization;

export interface LocalOrganization {
  readonly id: string;
  readonly issuer: 'LOCAL';
}

export interface UpstreamOrganization {
  readonly id: string;
  readonly issuer: 'UPSTREAM';
  /** Where the tenant is that makes the credentials, and whose API is passed through. */
  readonly tenantUrl: TenantUrl;
}
