import type { TenantUrl } from '../tenants/tenant.port.js';

/** LOCAL: Latchkey makes and checks the credentials. UPSTREAM: a tenant does. */
export const ISSUERS = ['LOCAL', 'UPSTREAM'] as const;
export type Issuer = (typeof ISSUERS)[number];

/** An organisation of the operator's configuration; all other state belongs to exactly one organisation. */
export type Organization = LocalOrganization | UpstreamOrganization;

export interface LocalOrganization {
  readonly id: string;
  readonly issuer: 'LOCAL';
}

export interface UpstreamOrganization {
  readonly id: string;
  readonly issuer: 'UPSTREAM';
  /** The origin of the tenant that makes the credentials, and whose API the gateway passes through. */
  readonly tenantUrl: TenantUrl;
}
