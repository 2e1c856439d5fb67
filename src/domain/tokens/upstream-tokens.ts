import type { Clock } from '../../lib/clock.js';
import type { Secret } from '../../lib/secrets.js';
import type { Client } from '../connections/connection.js';
import { DomainError } from '../errors.js';
import type { OrganizationDirectory } from '../organizations/organization.directory.js';
import type { Principal } from '../principal.js';
import type { TenantFailure, TenantPort } from '../tenants/tenant.port.js';
import type { MintedToken, SharedTokenSource } from './shared-token.source.js';

/** The secret that a tenant made for a connection; undefined where none is linked. */
export type FindCredential = (connection: Client) => Promise<Secret | undefined>;

/** Shared tokens of UPSTREAM organisations: the tenant issues them for the linked credentials. */
export class UpstreamTokens implements SharedTokenSource {
  /** A tenant has ten seconds to answer. */
  readonly leaseMs = 11_000;
  readonly #organizations: OrganizationDirectory;
  readonly #tenants: TenantPort;
  readonly #findCredential: FindCredential;
  readonly #clock: Clock;

  constructor(parts: {
    organizations: OrganizationDirectory;
    tenants: TenantPort;
    findCredential: FindCredential;
    clock: Clock;
  }) {
    this.#organizations = parts.organizations;
    this.#tenants = parts.tenants;
    this.#findCredential = parts.findCredential;
    this.#clock = parts.clock;
  }

  /** @throws DomainError UPSTREAM_REFUSED; TEMPORARILY_UNAVAILABLE */
  async mint(_principal: Principal, connection: Client): Promise<MintedToken> {
    const organization = this.#organizations.get(connection.organizationId);
    const clientSecret = await this.#findCredential(connection);
    if (organization.issuer !== 'UPSTREAM' || clientSecret === undefined) {
      throw new DomainError('UPSTREAM_REFUSED', { detail: `no credential is linked to ${connection.id}` });
    }
    const issuedAt = this.#clock.now();
    const answer = await this.#tenants.requestToken(organization.tenantUrl, connection.clientId, clientSecret);
    if (answer.outcome !== 'ISSUED') throw errorOfTenant(answer);
    return { accessToken: answer.accessToken, issuedAt, expiresAt: answer.expiresAt };
  }

  /** A tenant announces no revocation: a caller learns of it by the tenant's 401. */
  isLive(): boolean {
    return true;
  }
}

/** The error that a caller gets for a tenant's failure. */
export function errorOfTenant(failure: TenantFailure): DomainError {
  if (failure.outcome === 'REFUSED') return new DomainError('UPSTREAM_REFUSED', { detail: failure.because });
  return new DomainError('TEMPORARILY_UNAVAILABLE', { detail: `the tenant: ${JSON.stringify(failure)}` });
}
