import type { Database } from '../../src/domain/store.js';

export interface OpenedDatabase extends AsyncDisposable {
  readonly database: Database;
}

/** Opens a new, empty database of one implementation; it is gone when the scope that holds it ends. */
export type OpenDatabase = () => Promise<OpenedDatabase>;

/** The same with the organisations `default` and `other`, which everything else refers to. */
export async function openWithOrganizations(open: OpenDatabase): Promise<OpenedDatabase> {
  const opened = await open();
  await opened.database.organizations.save([
    { id: 'default', issuer: 'LOCAL' },
    { id: 'other', issuer: 'LOCAL' },
  ]);
  return opened;
}
