import { randomBytes } from 'node:crypto';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { migratePostgresDatabase } from '../../src/stores/postgresql/migration.postgres.js';
import { TABLE_RIGHTS } from '../../src/stores/postgresql/rights.check.js';
import { runPostgres } from './run-postgres.js';
import { newDatabaseUrl } from './shared-servers.js';

/** The password of every role here, for tests that look for it where it must not be. */
export const TELLTALE = 'Telltale-word';

/** A role that may log in and nothing more, on the server of a superuser's URL; `url` leads it to the same database. */
export interface Role {
  readonly name: string;
  readonly url: string;
}

/** Makes a role with a name that nothing else has; `allow` gives statements that it gets rights or settings by. */
export async function createRole(
  adminUrl: string,
  allow: (name: string) => readonly string[] = () => [],
): Promise<Role> {
  const name = `role_${randomBytes(8).toString('hex')}`;
  const statements = [`create role ${name} login password '${TELLTALE}'`, ...allow(name)];
  await runPostgres(adminUrl, `do $$ begin ${statements.map((statement) => `${statement};`).join(' ')} end $$`);
  const url = new URL(adminUrl);
  Object.assign(url, { username: name, password: TELLTALE });
  return { name, url: url.href };
}

/** A new database that a superuser migrated. */
export async function newMigratedUrl(adminUrl?: string): Promise<string> {
  const url = await newDatabaseUrl(adminUrl);
  await migratePostgresDatabase(new Secret(url), createLogger('error'));
  return url;
}

/** Statements that give a role exactly what a gateway asks for at its start. */
export function grantsTo(name: string): readonly string[] {
  return Object.entries(TABLE_RIGHTS).map(([table, rights]) => `grant ${rights.join(', ')} on ${table} to ${name}`);
}
