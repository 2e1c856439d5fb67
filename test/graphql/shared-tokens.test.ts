import { expect, test } from 'vitest';
import {
  DeleteConnectionDocument,
  DisableConnectionDocument,
  EnableConnectionDocument,
  IntrospectTokenDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  ResetAfterLeakDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
  ViewerDocument,
} from '../generated/graphql.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { createMachine } from '../support/machine.js';
import { TestClock } from '../support/test-clock.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

async function issue(gateway: TestGateway, connectionId: string) {
  const { issueToken } = await gateway.client().run(IssueTokenDocument, { connectionId });
  if (issueToken.__typename !== 'AccessToken') throw new Error(issueToken.message);
  return issueToken;
}

test('everybody who asks for the bearer of a connection is given the same one', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const machine = await createMachine(gateway.client());
  const all = await Promise.all(Array.from({ length: 20 }, () => issue(gateway, machine.connectionId)));
  clock.advance(90_500);
  const later = await issue(gateway, machine.connectionId);

  expect(new Set(all.map(({ accessToken }) => accessToken)).size).toBe(1);
  expect(all[0]).toEqual({
    __typename: 'AccessToken',
    accessToken: expect.stringMatching(/^lkat_[0-9A-Za-z]{49}$/),
    tokenType: 'Bearer',
    expiresIn: 86_400,
    expiresAt: '2026-01-02T00:00:00.000Z',
  });
  expect(later).toEqual({ ...all[0], expiresIn: 86_309 });
});

test('the bearer is a token like those that the machine gets itself', async () => {
  await using gateway = await startTestGateway();
  const machine = await createMachine(gateway.client());
  const { accessToken } = await issue(gateway, machine.connectionId);
  const asMachine = gateway.client({ authorization: `Bearer ${accessToken}` });

  expect((await asMachine.run(ViewerDocument)).viewer).toMatchObject({ id: machine.clientId, role: 'MACHINE' });
  const { introspectToken } = await asMachine.run(IntrospectTokenDocument, { token: accessToken });
  expect(introspectToken).toMatchObject({ active: true, clientId: machine.clientId });
});

test('a bearer is replaced before it nears its end, and the old one lives on to it', async () => {
  const clock = new TestClock();
  await using gateway = await startTestGateway({ clock });
  const machine = await createMachine(gateway.client());
  const first = await issue(gateway, machine.connectionId);
  clock.advance(DAY_MS - 20 * MINUTE_MS);
  expect((await issue(gateway, machine.connectionId)).accessToken).toBe(first.accessToken);
  clock.advance(10 * MINUTE_MS + 1);
  const second = await issue(gateway, machine.connectionId);

  expect(second.accessToken).not.toBe(first.accessToken);
  expect(second.expiresIn).toBe(86_400);
  const { introspectToken } = await gateway.client().run(IntrospectTokenDocument, { token: first.accessToken });
  expect(introspectToken.active).toBe(true);
});

test.each<[string, (client: GraphqlClient, id: string, token: string) => Promise<unknown>]>([
  ['revokeToken', (client, _id, token) => client.run(RevokeTokenDocument, { token })],
  ['revokeTokens', (client, connectionId) => client.run(RevokeTokensDocument, { connectionId })],
  ['resetAfterLeak', (client, id) => client.run(ResetAfterLeakDocument, { id })],
  [
    'disableConnection and enableConnection',
    async (client, id) => {
      await client.run(DisableConnectionDocument, { id });
      await client.run(EnableConnectionDocument, { id });
    },
  ],
])('a bearer that was ended by %s is never handed out again', async (_name, end) => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const { connectionId } = await createMachine(client);
  const dead = await issue(gateway, connectionId);
  await end(client, connectionId, dead.accessToken);
  const fresh = await issue(gateway, connectionId);

  expect(fresh.accessToken).not.toBe(dead.accessToken);
  const { introspectToken } = await client.run(IntrospectTokenDocument, { token: fresh.accessToken });
  expect(introspectToken.active).toBe(true);
});

test('a bearer outlives the secret that is regenerated', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const { connectionId } = await createMachine(client);
  const { accessToken } = await issue(gateway, connectionId);
  await client.run(RegenerateSecretDocument, { id: connectionId });

  expect((await issue(gateway, connectionId)).accessToken).toBe(accessToken);
});

test('no bearer is given of an access key, a disabled connection or one that is not there', async () => {
  await using gateway = await startTestGateway();
  const client = gateway.client();
  const accessKey = await createMachine(client, 'ACCESS_KEY');
  const disabled = await createMachine(client);
  const deleted = await createMachine(client);
  await issue(gateway, deleted.connectionId);
  await client.run(DisableConnectionDocument, { id: disabled.connectionId });
  await client.run(DeleteConnectionDocument, { id: deleted.connectionId });
  const refusalOf = async (connectionId: string) => (await client.run(IssueTokenDocument, { connectionId })).issueToken;
  const path = ['connectionId'];

  expect(await refusalOf(accessKey.connectionId)).toMatchObject({ code: 'INVALID_INPUT', path });
  expect(await refusalOf(disabled.connectionId)).toMatchObject({ code: 'INVALID_INPUT', path });
  expect(await refusalOf(deleted.connectionId)).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND', path });
});
