import { expect, test } from 'vitest';
import { parseTenantUrl } from '../../src/outbound/tenant-url.js';
import {
  CreateConnectionDocument,
  DisableConnectionDocument,
  IntrospectTokenDocument,
  IssueTokenDocument,
} from '../generated/graphql.js';
import { startTestGateway } from '../support/gateway.js';
import { createMachine, isActive, requestToken } from '../support/machine.js';
import { send } from '../support/rest.js';
import { until } from '../support/until.js';

test('one Latchkey in front of another: its clients are linked, its bearer is shared, and it is asked about its tokens', async () => {
  await using tenant = await startTestGateway();
  const { clientId, secret: clientSecret, connectionId: theirId } = await createMachine(tenant.client());
  const tenantUrl = parseTenantUrl(tenant.url, { allowLoopback: true });
  await using gateway = await startTestGateway({
    config: { organizations: [{ id: 'default', issuer: 'UPSTREAM', tenantUrl }] },
  });
  const admin = gateway.client();
  const input = { name: 'linked', authenticationType: 'OAUTH', clientId, clientSecret } as const;
  const { createConnection } = await admin.run(CreateConnectionDocument, { input });
  if (createConnection.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(createConnection));
  expect(createConnection).toMatchObject({ clientId, secret: null, warning: null });
  const connectionId = createConnection.connection.id;

  const { issueToken } = await admin.run(IssueTokenDocument, { connectionId });
  if (issueToken.__typename !== 'AccessToken') throw new Error(JSON.stringify(issueToken));
  const { accessToken } = issueToken;
  const machine = { connectionId, clientId, secret: clientSecret };
  expect(await isActive(tenant.url, machine, accessToken)).toBe(true);
  expect(await isActive(gateway.url, machine, accessToken)).toBe(true);
  const activeForAdmin = async () =>
    (await admin.run(IntrospectTokenDocument, { token: accessToken })).introspectToken.active;
  expect(await activeForAdmin()).toBe(true);

  // A call goes on to the tenant, whose answer it is that there is nothing at this path.
  const token = await requestToken(gateway.url, machine);
  const passed = await send(`${gateway.url}/v1/data/objects/Company`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([passed.status, Object.keys(JSON.parse(passed.text))]).toEqual([404, ['requestId', 'error']]);

  await tenant.client().run(DisableConnectionDocument, { id: theirId });
  // What the tenant refuses is a fault of the linked credential, and no word about the token.
  await until('the gateway has learnt of it', async () =>
    activeForAdmin().then(
      (isStillActive) => !isStillActive,
      (error: Error) => error.message.includes('A super admin has to replace them'),
    ),
  );
});
