import type { Config } from '../../src/config.js';
import type { TenantUrl } from '../../src/domain/tenants/tenant.port.js';
import { type AuthenticationType, CreateConnectionDocument } from '../generated/graphql.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.js';
import { limitsOf } from './limits.js';
import { requestToken } from './machine.js';
import { TestClock } from './test-clock.js';

/** A gateway in front of a tenant, where the client and the access key of the tenant's are linked. */
export interface UpstreamGateway extends TestGateway {
  /** What callers present, each kind of them. */
  readonly callers: Readonly<Record<'token' | 'accessKey' | 'superAdmin' | 'admin', Record<string, string>>>;
  readonly connectionIds: readonly [oauth: string, accessKey: string];
}

const CREDENTIALS = {
  OAUTH: { clientId: 'tenant-client', clientSecret: 'tenant-secret' },
  ACCESS_KEY: { accessKey: 'tenant-access-key' },
};

/** Links what the tenant knows, so far as `startTenant` is not told otherwise. */
export async function startUpstreamGateway(
  tenantUrl: TenantUrl,
  options: TestGatewayOptions & { config?: Partial<Config> } = {},
): Promise<UpstreamGateway> {
  const gateway = await startTestGateway({
    ...options,
    config: {
      organizations: [
        { id: 'default', issuer: 'UPSTREAM', tenantUrl },
        { id: 'local', issuer: 'LOCAL' },
      ],
      ...options.config,
    },
  });
  const link = async (authenticationType: AuthenticationType) => {
    const input = { name: authenticationType, authenticationType, ...CREDENTIALS[authenticationType] };
    const { createConnection } = await gateway.client().run(CreateConnectionDocument, { input });
    if (createConnection.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(createConnection));
    return createConnection.connection.id;
  };
  const connectionIds = [await link('OAUTH'), await link('ACCESS_KEY')] as const;
  const machine = { connectionId: connectionIds[0], clientId: 'tenant-client', secret: 'tenant-secret' };
  const callers = {
    token: { authorization: `Bearer ${await requestToken(gateway.url, machine)}` },
    accessKey: { AccessKey: 'tenant-access-key' },
    superAdmin: { authorization: `Bearer ${gateway.bearer()}` },
    admin: { authorization: `Bearer ${gateway.bearer('ADMIN')}` },
  };
  return { ...gateway, callers, connectionIds };
}

/** The same where the one call of the minute is spent, on the token: every further call is refused. */
export function startSpentGateway(tenantUrl: TenantUrl): Promise<UpstreamGateway> {
  return startUpstreamGateway(tenantUrl, { clock: new TestClock(), config: { limits: limitsOf({ perMinute: 1 }) } });
}
