import type { Organization } from './organization.js';

/** The configuration's organisations, stored so that all of their state can refer to them. */
export interface OrganizationStore {
  /** Adds new organisations and updates the others. An organisation that has left the configuration stays. */
  save(organizations: readonly Organization[]): Promise<void>;
}
