import type { TenantFailure, TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { Secret } from '../../src/lib/secrets.js';
import type { TenantClient } from '../../src/outbound/tenant.client.js';

/** What `startTenant` takes unless told otherwise. */
export const CLIENT = 'tenant-client';
export const SECRET = new Secret('tenant-secret');
export const ACCESS_KEY = new Secret('tenant-access-key');
/** A token that no tenant has made. */
export const TOKEN = new Secret('a-token-of-the-tenant');

type Ask = (client: TenantClient, url: TenantUrl) => Promise<{ readonly outcome: string } | TenantFailure>;

/** The questions that a tenant is asked, each with credentials that it takes. */
export const QUESTIONS: readonly (readonly [name: string, ask: Ask])[] = [
  ['requestToken', (client, url) => client.requestToken(url, CLIENT, SECRET)],
  ['introspectToken', (client, url) => client.introspectToken(url, CLIENT, SECRET, TOKEN)],
  ['checkAccessKey', (client, url) => client.checkAccessKey(url, ACCESS_KEY)],
];
