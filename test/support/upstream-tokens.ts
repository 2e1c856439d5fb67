import type { Client } from '../../src/domain/connections/connection.js';
import type { Database } from '../../src/domain/database/database.js';
import { LimitService } from '../../src/domain/limits/limit.service.js';
import { OrganizationDirectory } from '../../src/domain/organizations/organization.directory.js';
import { CarefulTenants } from '../../src/domain/tenants/careful-tenants.js';
import type { TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { SharedTokenService } from '../../src/domain/tokens/shared-token.service.js';
import { type FindCredential, UpstreamTokens } from '../../src/domain/tokens/upstream-tokens.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { connectionRecord } from './records.js';
import { CLIENT, SECRET } from './tenant-questions.js';
import type { TestClock } from './test-clock.js';

/** The bearers of one process in front of a tenant, where every connection is linked to `tenant-client`. */
export function upstreamTokensOf(
  database: Database,
  tenantUrl: TenantUrl,
  clock: TestClock,
  findCredential: FindCredential = async () => SECRET,
): SharedTokenService {
  const organizations = new OrganizationDirectory([{ id: 'default', issuer: 'UPSTREAM', tenantUrl }]);
  const tenants = new CarefulTenants(new TenantClient({ clock, allowLoopback: true }), clock);
  const upstream = new UpstreamTokens({ organizations, tenants, findCredential, clock });
  return new SharedTokenService({
    connections: database.connectionLookup,
    organizations,
    store: database.sharedTokens,
    sources: { LOCAL: upstream, UPSTREAM: upstream },
    limits: new LimitService({ counter: database.calls, alone: database.calls, limits: undefined }),
    clock,
    jitter: 0.5,
  });
}

/** Keeps a connection of the organisation `default` whose machines are `tenant-client`. */
export async function insertUpstreamClient(database: Database, tenantUrl: TenantUrl): Promise<Client> {
  await database.organizations.save([{ id: 'default', issuer: 'UPSTREAM', tenantUrl }]);
  const connection = connectionRecord({ clientId: CLIENT });
  await database.change('default', ({ connections }) => connections.insert(connection));
  return connection as Client;
}
