import type { Database } from '../../src/domain/database/database.js';

export interface OpenedDatabase extends AsyncDisposable {
  readonly database: Database;
  /** The same state as another process opens it; `database` again where one process has it for itself. */
  readonly openAnother: () => Promise<Database>;
}

/** Opens a new, empty database of one implementation; it is gone when the scope that holds it ends. */
export type OpenDatabase = () => Promise<OpenedDatabase>;

/** The same with the organisations `default` and `other`, which everything else refers to. */
export async function openWithOrganizations<Opened extends Pick<OpenedDatabase, 'database'>>(
  open: () => Promise<Opened>,
): Promise<Opened> {
  const opened = await open();
  await opened.database.organizations.save([
    { id: 'default', issuer: 'LOCAL' },
    { id: 'other', issuer: 'LOCAL' },
  ]);
  return opened;
}

/** Deals the callers of a race out to two processes. */
export async function dealOut({ database, openAnother }: OpenedDatabase): Promise<(caller: number) => Database> {
  const another = await openAnother();
  return (caller) => (caller % 2 === 0 ? database : another);
}
