import { DomainError } from '../errors.js';
import type { Organization } from './organization.js';

/** The organisations of the configuration. Only a restart changes them, so no request waits for them. */
export class OrganizationDirectory {
  readonly #organizations: ReadonlyMap<string, Organization>;
  readonly #hasUpstream: boolean;

  constructor(organizations: readonly Organization[]) {
    this.#organizations = new Map(organizations.map((organization) => [organization.id, organization]));
    this.#hasUpstream = organizations.some(({ issuer }) => issuer === 'UPSTREAM');
  }

  /** Whether a tenant makes the credentials of any organisation. */
  get hasUpstream(): boolean {
    return this.#hasUpstream;
  }

  get ids(): readonly string[] {
    return [...this.#organizations.keys()];
  }

  has(id: string): boolean {
    return this.#organizations.has(id);
  }

  /** @throws DomainError INTERNAL where the configuration lacks the organisation: authentication rules this out */
  get(id: string): Organization {
    const organization = this.#organizations.get(id);
    if (organization === undefined)
      throw new DomainError('INTERNAL', { detail: `no organisation ${id} is configured` });
    return organization;
  }
}
