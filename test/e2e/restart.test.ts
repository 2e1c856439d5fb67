import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  AuditEventsDocument,
  ConnectionDocument,
  ConnectionsDocument,
  ConnectionTokensDocument,
  CreateConnectionDocument,
  DeleteConnectionDocument,
  DisableConnectionDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  RenameConnectionDocument,
  RevokeTokenDocument,
  RevokeTokensDocument,
} from '../generated/graphql.js';
import { type GatewayProcess, spawnGateway } from '../support/gateway-process.js';
import type { GraphqlClient } from '../support/graphql-client.js';
import { basic, createMachine, isActive, type MachineCredentials, requestToken } from '../support/machine.js';
import { COMPATIBLE, send } from '../support/rest.js';
import { createTemporaryDirectory } from '../support/temporary-directory.js';
import { userOfProcess } from '../support/user-of-process.js';

const IDEMPOTENT = { name: 'idempotent', authenticationType: 'OAUTH', idempotencyKey: 'restart-1' } as const;

/** Everything that an admin can read. */
async function readAll(admin: GraphqlClient): Promise<object> {
  const { connections } = await admin.run(ConnectionsDocument);
  const tokens = connections
    .filter(({ authenticationType }) => authenticationType === 'OAUTH')
    .map(({ id }) => admin.run(ConnectionTokensDocument, { id, first: 100 }));
  return {
    connections,
    tokens: await Promise.all(tokens),
    audit: await admin.run(AuditEventsDocument, { first: 100 }),
  };
}

/** What a crash may lose: the notes of last uses are written every five seconds. */
function withoutLastUses(read: object): object {
  return JSON.parse(JSON.stringify(read), (name, value) => (name === 'lastUsedAt' ? null : value));
}

/** One of each thing that a gateway keeps, and one of each thing that it must keep refusing. */
async function leaveOneOfEach(url: string, admin: GraphqlClient) {
  const [plain, revoked, disabled, deleted, regenerated] = await Promise.all(
    ['plain', 'revoked', 'disabled', 'deleted', 'regenerated'].map((name) => createMachine(admin, 'OAUTH', name)),
  );
  if (!plain || !revoked || !disabled || !deleted || !regenerated) throw new Error('connections are missing');
  const accessKey = await createMachine(admin, 'ACCESS_KEY', 'access key');
  await admin.run(CreateConnectionDocument, { input: IDEMPOTENT });
  const live = await requestToken(url, plain);
  const dead = [await requestToken(url, plain), await requestToken(url, revoked)];
  dead.push(await requestToken(url, disabled), await requestToken(url, deleted));
  const { issueToken } = await admin.run(IssueTokenDocument, { connectionId: plain.connectionId });
  const bearer = issueToken.__typename === 'AccessToken' ? issueToken.accessToken : '';
  await admin.run(RevokeTokenDocument, { token: dead[0] ?? '' });
  await admin.run(RevokeTokensDocument, { connectionId: revoked.connectionId });
  await admin.run(DisableConnectionDocument, { id: disabled.connectionId });
  await admin.run(DeleteConnectionDocument, { id: deleted.connectionId });
  await admin.run(RenameConnectionDocument, { id: revoked.connectionId, name: 'renamed' });
  const { regenerateSecret } = await admin.run(RegenerateSecretDocument, { id: regenerated.connectionId });
  const secret = regenerateSecret.__typename === 'SecretCreated' ? regenerateSecret.secret : '';
  return {
    plain,
    accessKey,
    live: [live, bearer],
    dead,
    good: [plain, revoked, { ...regenerated, secret }],
    bad: [disabled, deleted, regenerated],
  };
}

const statusOfTokenRequest = async (url: string, { clientId, secret }: MachineCredentials) =>
  (await send(`${url}${COMPATIBLE.token}`, { method: 'POST', headers: { authorization: basic(clientId, secret) } }))
    .status;

describe.concurrent('what was acknowledged is there after', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('%s and a new start', async (signal) => {
    await using directory = await createTemporaryDirectory();
    const env = { LATCHKEY_DATA_DIR: directory.path };
    await using first = await spawnGateway({ env });
    const admin = await userOfProcess(first.url, directory.path);
    const left = await leaveOneOfEach(first.url, admin);
    const before = await readAll(admin);
    first.kill(signal);
    await first.ended;

    await using second = await spawnGateway({ env });
    const again = await userOfProcess(second.url, directory.path);
    const kept = signal === 'SIGTERM' ? before : withoutLastUses(before);
    expect(await readAll(again)).toEqual(kept);
    const activity = (tokens: readonly string[]) =>
      Promise.all(tokens.map((token) => isActive(second.url, left.plain, token)));
    expect(await activity(left.live)).toEqual([true, true]);
    expect(await activity(left.dead)).toEqual([false, false, false, false]);
    const statuses = (machines: readonly MachineCredentials[]) =>
      Promise.all(machines.map((machine) => statusOfTokenRequest(second.url, machine)));
    expect(await statuses(left.good)).toEqual([200, 200, 200]);
    expect(await statuses(left.bad)).toEqual([401, 401, 401]);
    const keyCall = await send(`${second.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accesskey: left.accessKey.secret },
      body: JSON.stringify({ query: '{ viewer { role } }' }),
    });
    expect(JSON.parse(keyCall.text)).toEqual({ data: { viewer: { role: 'MACHINE' } } });
    const { createConnection } = await again.run(CreateConnectionDocument, { input: IDEMPOTENT });
    expect(createConnection).toMatchObject({ __typename: 'ConnectionCreated', secret: null });
  });
});

test.concurrent('SIGTERM writes the notes of last uses down', async () => {
  await using directory = await createTemporaryDirectory();
  const env = { LATCHKEY_DATA_DIR: directory.path };
  await using first = await spawnGateway({ env });
  const machine = await createMachine(await userOfProcess(first.url, directory.path));
  const token = await requestToken(first.url, machine);
  const usedAt = Date.now();
  await isActive(first.url, machine, token);
  first.kill('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 0, signal: null, stderr: '' });

  await using second = await spawnGateway({ env });
  const admin = await userOfProcess(second.url, directory.path);
  const { connection } = await admin.run(ConnectionDocument, { id: machine.connectionId });
  const page = await admin.run(ConnectionTokensDocument, { id: machine.connectionId });
  const tokens = page.connection !== null && 'tokens' in page.connection ? page.connection.tokens.edges : [];
  const notes = [connection?.lastUsedAt, connection?.secrets[0]?.lastUsedAt, tokens[0]?.node.lastUsedAt];
  for (const note of notes) expect(Date.parse(note ?? '')).toBeGreaterThanOrEqual(usedAt);
});

test.concurrent.each<[signals: NodeJS.Signals[]]>([
  [['SIGTERM']],
  [['SIGINT']],
  [['SIGINT', 'SIGINT']],
  [['SIGINT', 'SIGTERM']],
])('%j lets the request that is under way finish, takes no other, and ends with exit code 0', async (signals) => {
  await using directory = await createTemporaryDirectory();
  await using gateway = await spawnGateway({ env: { LATCHKEY_DATA_DIR: directory.path } });
  const machine = await createMachine(await userOfProcess(gateway.url, directory.path));
  const underWay = await beginIntrospection(gateway.url, machine);
  for (const signal of signals) {
    gateway.kill(signal);
    await refusesConnections(gateway);
  }
  expect(await underWay.finish({ access_token: 'unknown' })).toEqual({ status: 200, body: '{"active":false}' });
  expect(await gateway.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
});

/**
 * Sends the head of a request, over a connection that is kept alive as proxies and browsers keep theirs, and resolves
 * when the gateway has asked for the body: from then on the request is under way.
 */
async function beginIntrospection(url: string, { clientId, secret }: MachineCredentials) {
  const agent = new Agent({ keepAlive: true });
  const outgoing = request(`${url}${COMPATIBLE.introspect}`, {
    agent,
    method: 'POST',
    headers: {
      authorization: basic(clientId, secret),
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
      expect: '100-continue',
    },
  });
  await new Promise((resolve, reject) => outgoing.once('continue', resolve).once('error', reject).flushHeaders());
  const finish = (body: object) =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      outgoing.once('error', reject).once('response', async (response) => {
        const chunks = await response.setEncoding('utf8').toArray();
        resolve({ status: response.statusCode, body: chunks.join('') });
      });
      outgoing.end(JSON.stringify(body));
    });
  return { finish };
}

/** Resolves when nobody listens any more: the gateway has heard the signal. */
async function refusesConnections({ url }: GatewayProcess): Promise<void> {
  const { hostname, port } = new URL(url);
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.destroy();
        resolve(true);
      }).once('error', () => resolve(false));
    });
  while (await isOpen());
}
