import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CreateConnectionDocument,
  type CreateConnectionInput,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  ReplaceUpstreamCredentialDocument,
  ResetAfterLeakDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
  SetAllowedCidrsDocument,
} from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { requestToken } from '../support/machine.js';
import { newReplicatedPlace, serversConfigOf } from '../support/replicated-database.js';
import { transactionsOf } from '../support/round-trips.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';

/** The most round trips of one change, `begin` and `commit` among them. */
const ROUND_TRIPS_MAX = 7;
const LINKED = { clientId: 'tenant-client', clientSecret: 'tenant-secret' };

describe(`a change takes at most ${ROUND_TRIPS_MAX} round trips to PostgreSQL:`, () => {
  let tenant: TenantStub;
  let gateway: TestGateway;

  beforeAll(async () => {
    tenant = await startTenant();
    gateway = await startTestGateway({
      config: {
        servers: serversConfigOf(await newReplicatedPlace()),
        organizations: [
          { id: 'default', issuer: 'LOCAL' },
          { id: 'linked', issuer: 'UPSTREAM', tenantUrl: tenant.url },
        ],
      },
    });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await tenant[Symbol.asyncDispose]();
  });

  const adminOf = (organizationId: string) =>
    gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', organizationId)}` });

  async function create(organizationId: string, given: Partial<CreateConnectionInput>) {
    const input = { name: 'first', authenticationType: 'OAUTH', ...given } as CreateConnectionInput;
    const { createConnection } = await adminOf(organizationId).run(CreateConnectionDocument, { input });
    if (createConnection.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(createConnection));
    return createConnection;
  }

  /** Checks the one transaction that `change` makes. */
  async function expectFewRoundTrips(change: () => Promise<unknown>): Promise<void> {
    const transactions = await transactionsOf(change);
    expect(transactions.map((texts) => texts.at(-1))).toEqual(['commit']);
    expect(transactions[0]?.length, transactions[0]?.join('\n')).toBeLessThanOrEqual(ROUND_TRIPS_MAX);
  }

  test('of an organisation’s own connections', async () => {
    const admin = adminOf('default');
    const { connection, clientId, secret } = await create('default', {});
    const { id } = connection;
    const token = await requestToken(gateway.url, { connectionId: id, clientId: clientId ?? '', secret: secret ?? '' });
    const changes: Record<string, () => Promise<unknown>> = {
      create: () => create('default', { name: 'second', idempotencyKey: 'key-1' }),
      rename: () => admin.run(RenameConnectionDocument, { id, name: 'renamed' }),
      setAllowedCidrs: () => admin.run(SetAllowedCidrsDocument, { id, cidrs: ['127.0.0.0/8'] }),
      issueToken: () => admin.run(IssueTokenDocument, { connectionId: id }),
      revokeToken: () => admin.run(RevokeTokenDocument, { token }),
      revokeTokens: () => admin.run(RevokeTokensDocument, { connectionId: id }),
      regenerateSecret: () => admin.run(RegenerateSecretDocument, { id }),
      resetAfterLeak: () => admin.run(ResetAfterLeakDocument, { id }),
      disable: () => admin.run(DisableConnectionDocument, { id }),
      enable: () => admin.run(EnableConnectionDocument, { id }),
      delete: () => admin.run(DeleteConnectionDocument, { id }),
    };
    for (const change of Object.values(changes)) await expectFewRoundTrips(change);
  });

  test('of connections that are linked to a tenant', async () => {
    let id = '';
    await expectFewRoundTrips(async () => {
      id = (await create('linked', { ...LINKED, idempotencyKey: 'key-1' })).connection.id;
    });
    const replacement = { id, clientSecret: LINKED.clientSecret };
    await expectFewRoundTrips(() => adminOf('linked').run(ReplaceUpstreamCredentialDocument, replacement));
  });
});
