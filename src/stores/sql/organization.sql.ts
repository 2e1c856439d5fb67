import type { Kysely } from 'kysely';
import type { Organization } from '../../domain/organizations/organization.js';
import type { OrganizationStore } from '../../domain/organizations/organization.store.js';
import type { Schema } from './schema.js';

export class SqlOrganizationStore implements OrganizationStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async save(organizations: readonly Organization[]): Promise<void> {
    await this.#db
      .insertInto('organizations')
      .values(organizations.map(({ id, issuer }) => ({ id, issuer })))
      .onConflict((conflict) => conflict.column('id').doUpdateSet(({ ref }) => ({ issuer: ref('excluded.issuer') })))
      .execute();
  }
}
