import { AuditService } from './domain/audit/audit.service.js';
import { UpstreamAccess } from './domain/calls/upstream-access.js';
import { ConnectionFeed } from './domain/connections/connection.feed.js';
import type { Connection } from './domain/connections/connection.js';
import { ConnectionService } from './domain/connections/connection.service.js';
import { RecordedChanges } from './domain/connections/recorded-changes.js';
import { SecretService } from './domain/connections/secret.service.js';
import { UpstreamCredentials } from './domain/connections/upstream-credentials.js';
import { CredentialService } from './domain/credentials/credential.service.js';
import type { Database } from './domain/database/database.js';
import type { CallCounter } from './domain/limits/call.counter.js';
import { LimitService } from './domain/limits/limit.service.js';
import type { Limits } from './domain/limits/quota.js';
import { MachineService } from './domain/machines/machine.service.js';
import { OrganizationDirectory } from './domain/organizations/organization.directory.js';
import type { Organization } from './domain/organizations/organization.js';
import { CarefulTenants } from './domain/tenants/careful-tenants.js';
import type { TenantPort } from './domain/tenants/tenant.port.js';
import { LocalTokens } from './domain/tokens/local-tokens.js';
import { SharedTokenService } from './domain/tokens/shared-token.service.js';
import { TokenLookup } from './domain/tokens/token.lookup.js';
import { TokenService } from './domain/tokens/token.service.js';
import { UpstreamIntrospection } from './domain/tokens/upstream-introspection.js';
import { UpstreamTokens } from './domain/tokens/upstream-tokens.js';
import type { UsageRecorder } from './domain/usage/usage.recorder.js';
import type { Clock } from './lib/clock.js';
import type { KeyRing } from './lib/key-ring.js';

/** What the domain's services depend on. */
export interface Foundation {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly usage: UsageRecorder;
  readonly organizations: readonly Organization[];
  readonly limits: Limits | undefined;
  /** Counts the calls of this process alone. */
  readonly callsAlone: CallCounter;
  /** How long a revocation, a tenant's too, may take to be known. */
  readonly revocationBoundMs: number;
  readonly tenants: TenantPort;
  /** From 0 to 1, different in each replica. */
  readonly jitter: number;
}

export type Services = ReturnType<typeof buildServices>;

/** The domain's services, without transports. */
export function buildServices(foundation: Foundation) {
  const { database, keyRing, clock, usage } = foundation;
  const { connections, connectionLookup: clients, audit, auditFeed } = database;
  const organizations = new OrganizationDirectory(foundation.organizations);
  const lookup = new TokenLookup(database.tokens, keyRing, clock);
  const tokens = new TokenService({ tokens: database.tokens, changing: database, lookup, keyRing, usage, clock });
  const changes = new RecordedChanges({ changing: database, usage, clock });
  const { callsAlone: alone } = foundation;
  const limits = new LimitService({ counter: database.calls, alone, limits: foundation.limits });
  const credentials = new UpstreamCredentials(keyRing);
  const findCredential = (connection: Connection) => credentials.find(database.upstreamCredentials, connection);
  const tenants = new CarefulTenants(foundation.tenants, clock);
  const upstream = {
    organizations,
    connections,
    lookup: clients,
    tenants,
    findCredential,
    clock,
    boundMs: foundation.revocationBoundMs,
  };
  const sharedTokens = new SharedTokenService({
    connections: clients,
    organizations,
    store: database.sharedTokens,
    sources: { LOCAL: new LocalTokens(tokens, lookup), UPSTREAM: new UpstreamTokens(upstream) },
    limits,
    clock,
    jitter: foundation.jitter,
  });
  return {
    organizations,
    limits,
    clients,
    lookup,
    tokens,
    connections: new ConnectionService({ ...foundation, organizations, changes }),
    secrets: new SecretService({ ...foundation, connections, organizations, changes }),
    credentials: new CredentialService({ clients, tokens: lookup, organizations, keyRing, usage, clock }),
    machines: new MachineService({
      organizations,
      tokens,
      lookup,
      upstream: new UpstreamIntrospection(upstream),
      limits,
      usage,
      clock,
    }),
    sharedTokens,
    tenants,
    upstream: new UpstreamAccess({ ...upstream, clients, sharedTokens, findAccessKey: findCredential }),
    audit: new AuditService(audit),
    connectionFeed: new ConnectionFeed(auditFeed, audit),
  };
}
