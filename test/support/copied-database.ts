import { inject } from 'vitest';
import { createRole, grantsTo, newMigratedUrl } from './postgres-role.js';
import { createDatabaseAt } from './postgres-server.js';

/** A database that was migrated, and a role that has on it the rights that a gateway asks for and no others. */
interface Template {
  readonly database: string;
  readonly role: URL;
}

/** Of each shared server: a copy of what was migrated once, rights and all, takes a quarter of the time of migrating. */
const templates = new Map<string, Promise<Template>>();

/** The URL of a new, migrated database on a server that all tests share, for its superuser. */
export async function newCopiedUrl(serverUrl = inject('postgresUrl')): Promise<string> {
  const { database } = await templateOn(serverUrl);
  return createDatabaseAt(serverUrl, database);
}

/** The same for a role that has those rights alone. */
export async function newGrantedUrl(): Promise<string> {
  const serverUrl = inject('postgresUrl');
  const { database, role } = await templateOn(serverUrl);
  const url = new URL(await createDatabaseAt(serverUrl, database));
  Object.assign(url, { username: role.username, password: role.password });
  return url.href;
}

function templateOn(serverUrl: string): Promise<Template> {
  const template = templates.get(serverUrl) ?? createTemplate(serverUrl);
  templates.set(serverUrl, template);
  return template;
}

async function createTemplate(serverUrl: string): Promise<Template> {
  const url = await newMigratedUrl(serverUrl);
  const role = await createRole(url, grantsTo);
  return { database: new URL(url).pathname.slice(1), role: new URL(role.url) };
}
