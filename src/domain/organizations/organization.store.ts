import type { Organization } from './organization.js';

/** The organisations that the configuration names, kept so that everything of theirs can refer to them. */
export interface OrganizationStore {
  /** Adds the ones that are new and updates the others. One that the configuration no longer names stays. */
  save(organizations: readonly Organization[]): Promise<void>;
}
