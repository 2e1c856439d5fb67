import { describe, expect, test } from 'vitest';
import {
  AuditEventsDocument,
  ConnectionDocument,
  ConnectionsDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  ResetAfterLeakDocument,
  RevokeTokensDocument,
  ViewerDocument,
} from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { codesOf, requestGraphql } from '../support/graphql-http.js';
import { createMachine, isActive, type MachineCredentials, requestToken } from '../support/machine.js';
import { TestClock } from '../support/test-clock.js';

/** Whether the machine's secret is accepted where it is presented. */
async function isAccepted(gateway: TestGateway, { clientId, secret }: MachineCredentials): Promise<boolean> {
  const credential = { connectionId: '', clientId, secret };
  if (clientId !== '') return requestToken(gateway.url, credential).then(Boolean, () => false);
  const { errors } = await gateway.client({ accesskey: secret }).send(ViewerDocument);
  return errors === undefined;
}

describe.each(['OAUTH', 'ACCESS_KEY'] as const)('the secret of an %s connection', (authenticationType) => {
  test('is shown once, by the mutation that made it, and masked ever after', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const machine = await createMachine(client, authenticationType);
    const { regenerateSecret } = await client.run(RegenerateSecretDocument, { id: machine.connectionId });
    const { resetAfterLeak } = await client.run(ResetAfterLeakDocument, { id: machine.connectionId });
    if (regenerateSecret.__typename !== 'SecretCreated' || resetAfterLeak.__typename !== 'SecretCreated') {
      throw new Error('no secret was made');
    }
    const secrets = [machine.secret, regenerateSecret.secret, resetAfterLeak.secret];
    const prefix = authenticationType === 'OAUTH' ? 'lkcs_' : 'lkak_';
    const after = [
      await client.run(ConnectionsDocument, {}),
      await client.run(AuditEventsDocument, { first: 100 }),
      await client.run(RenameConnectionDocument, { id: machine.connectionId, name: 'renamed' }),
      await client.run(DisableConnectionDocument, { id: machine.connectionId }),
      await client.run(EnableConnectionDocument, { id: machine.connectionId }),
      await client.run(RevokeTokensDocument, { connectionId: machine.connectionId }),
    ];

    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) {
      expect(secret).toMatch(new RegExp(`^${prefix}[0-9A-Za-z]{49}$`));
      // Not even a stretch that is long enough to search for.
      expect(JSON.stringify(after)).not.toContain(secret.slice(9, 25));
    }
    const { connection } = await client.run(ConnectionDocument, { id: machine.connectionId });
    expect(connection?.secrets).toEqual([
      expect.objectContaining({
        state: 'CURRENT',
        prefix: resetAfterLeak.secret.slice(0, 9),
        last4: resetAfterLeak.secret.slice(-4),
      }),
    ]);
  });

  test('is refused at once where another was made in its place', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const old = await createMachine(client, authenticationType);
    const { regenerateSecret } = await client.run(RegenerateSecretDocument, { id: old.connectionId });
    if (regenerateSecret.__typename !== 'SecretCreated') throw new Error(regenerateSecret.message);

    expect(await isAccepted(gateway, old)).toBe(false);
    expect(await isAccepted(gateway, { ...old, secret: regenerateSecret.secret })).toBe(true);
    expect(regenerateSecret.connection.secrets).toHaveLength(1);
  });

  test.each([1, 3600, 604_800, -1])('is not given an overlap of %i seconds: nothing changes', async (graceSeconds) => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const machine = await createMachine(client, authenticationType);
    const id = machine.connectionId;
    const before = await client.run(ConnectionDocument, { id });

    expect((await client.run(RegenerateSecretDocument, { id, graceSeconds })).regenerateSecret).toMatchObject({
      __typename: 'InvalidInput',
      code: 'INVALID_INPUT',
      path: ['graceSeconds'],
    });
    expect(await client.run(ConnectionDocument, { id })).toEqual(before);
    expect(await isAccepted(gateway, machine)).toBe(true);
  });

  test('is refused while its connection is disabled, and accepted when it is enabled again', async () => {
    await using gateway = await startTestGateway();
    const client = gateway.client();
    const machine = await createMachine(client, authenticationType);
    const id = machine.connectionId;

    await client.run(DisableConnectionDocument, { id });
    expect(await isAccepted(gateway, machine)).toBe(false);
    await client.run(EnableConnectionDocument, { id });
    expect(await isAccepted(gateway, machine)).toBe(true);
  });

  test('shows its last use at once, in every answer that shows the connection', async () => {
    const clock = new TestClock();
    await using gateway = await startTestGateway({ clock });
    const client = gateway.client();
    const machine = await createMachine(client, authenticationType);
    const id = machine.connectionId;
    const used = (at: string) => ({ lastUsedAt: at, secrets: [expect.objectContaining({ lastUsedAt: at })] });

    clock.advance(60_000);
    await isAccepted(gateway, machine);
    expect((await client.run(ConnectionsDocument, {})).connections).toMatchObject([used('2026-01-01T00:01:00.000Z')]);
    clock.advance(60_000);
    await isAccepted(gateway, machine);
    expect((await client.run(ConnectionDocument, { id })).connection).toMatchObject(used('2026-01-01T00:02:00.000Z'));
    clock.advance(60_000);
    await isAccepted(gateway, machine);
    const { renameConnection } = await client.run(RenameConnectionDocument, { id, name: 'renamed' });
    expect(renameConnection).toMatchObject({ connection: used('2026-01-01T00:03:00.000Z') });
    clock.advance(60_000);
    await isAccepted(gateway, machine);
    const entity = await requestGraphql(gateway.url, {
      headers: { authorization: `Bearer ${gateway.bearer('ADMIN')}` },
      body: {
        query:
          'query ($of: [_Any!]!) { _entities(representations: $of) { ... on OAuthConnection { lastUsedAt } ... on AccessKeyConnection { lastUsedAt } } }',
        variables: {
          of: [{ __typename: authenticationType === 'OAUTH' ? 'OAuthConnection' : 'AccessKeyConnection', id }],
        },
      },
    });
    expect([codesOf(entity), entity.data]).toEqual([[], { _entities: [{ lastUsedAt: '2026-01-01T00:04:00.000Z' }] }]);
  });
});

test('tokens live on when the secret that got them is regenerated, and die when it is reset after a leak', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const watcher = await createMachine(client);
  const machine = await createMachine(client);
  const id = machine.connectionId;
  const token = await requestToken(gateway.url, machine);

  await client.run(RegenerateSecretDocument, { id });
  expect(await isActive(gateway.url, watcher, token)).toBe(true);
  const { resetAfterLeak } = await client.run(ResetAfterLeakDocument, { id });
  expect(await isActive(gateway.url, watcher, token)).toBe(false);
  if (resetAfterLeak.__typename !== 'SecretCreated') throw new Error(resetAfterLeak.message);
  const fresh = await requestToken(gateway.url, { ...machine, secret: resetAfterLeak.secret });
  expect(await isActive(gateway.url, watcher, fresh)).toBe(true);
});
