import { print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CallerSet, createCallers } from '../support/callers.js';
import { documentOf, readOperations } from '../support/documented-operations.js';
import { openEventStream } from '../support/event-stream.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { limitsOf } from '../support/limits.js';
import { createMachine, isActive, type MachineCredentials, requestToken } from '../support/machine.js';
import { startTenant } from '../support/tenant-stub.js';
import { startUpstreamGateway } from '../support/upstream-gateway.js';

let gateway: TestGateway;
let callers: CallerSet;
beforeAll(async () => {
  gateway = await startTestGateway({ config: { limits: limitsOf() } });
  callers = await createCallers(gateway);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** What an operation of docs/operations answers to a super admin; a test fails where there are errors. */
async function ask(name: string, variables: object = {}, asked = gateway): Promise<unknown> {
  const { data, errors } = await asked.client().send(print(documentOf(name)), variables);
  expect(errors).toBeUndefined();
  return data;
}

/** A machine that a test changes, and a token of its. */
async function makeMachine(): Promise<{ machine: MachineCredentials; id: string; token: string }> {
  const machine = await createMachine(gateway.client());
  return { machine, id: machine.connectionId, token: await requestToken(gateway.url, machine) };
}

const hasSecret = ({ clientId, secret }: MachineCredentials) =>
  requestToken(gateway.url, { connectionId: '', clientId, secret }).then(Boolean, () => false);
/** Whether a token is active, asked for by another machine of the organisation. */
const lives = (token: string) => isActive(gateway.url, callers.oauth, token);
const secretOf = (data: unknown) => (Object.values(data as object)[0] as { secret: string }).secret;

/** For each operation, what makes its comment true. */
const PROMISES: Record<string, () => Promise<void>> = {
  async Connections() {
    expect(await ask('Connections', { authenticationType: 'ACCESS_KEY' })).toMatchObject({
      connections: [{ __typename: 'AccessKeyConnection', id: callers.accessKey.connectionId }],
    });
    const { connections } = (await ask('Connections')) as { connections: { id: string }[] };
    const made = [callers.oauth, callers.accessKey].map(({ connectionId }) => connectionId);
    expect(connections.map(({ id }) => id).slice(0, 2)).toEqual(made);
  },
  async Connection() {
    const { connectionId: id, clientId } = callers.oauth;
    expect(await ask('Connection', { id })).toMatchObject({ connection: { __typename: 'OAuthConnection', clientId } });
    expect(await ask('Connection', { id: 'con_absent' })).toEqual({ connection: null });
  },
  async ConnectionChanged() {
    const body = { query: print(documentOf('ConnectionChanged')) };
    await using stream = await openEventStream(gateway.url, { body, headers: callers.headers.ADMIN });
    const { connectionId } = await createMachine(gateway.client());
    const told = { connectionId, connection: { id: connectionId }, change: { action: 'connection.created' } };
    expect(await stream.next()).toMatchObject({ data: { connectionChanged: told } });
  },
  async ConnectionTokens() {
    const { machine, id, token } = await makeMachine();
    const second = await requestToken(gateway.url, machine);
    const page = async (after?: string) => {
      const data = (await ask('ConnectionTokens', { id, first: 1, after })) as {
        connection: { tokens: { edges: { node: { id: string } }[]; pageInfo: { endCursor: string } } };
      };
      expect(JSON.stringify(data)).not.toMatch(new RegExp(`${token}|${second}`));
      return data.connection.tokens;
    };
    const newest = await page();
    expect(newest).toMatchObject({ pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const oldest = await page(newest.pageInfo.endCursor);
    expect(oldest).toMatchObject({ pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    expect(oldest.edges[0]?.node.id).not.toBe(newest.edges[0]?.node.id);
  },
  async CreateConnection() {
    const input = { name: 'billing', authenticationType: 'OAUTH', idempotencyKey: 'form-1' };
    const first = await ask('CreateConnection', { input });
    expect(first).toMatchObject({
      createConnection: { __typename: 'ConnectionCreated', secret: expect.stringMatching(/^lkcs_/) },
    });
    const { connection } = (first as { createConnection: { connection: { id: string } } }).createConnection;
    const again = await ask('CreateConnection', { input });
    expect(again).toMatchObject({ createConnection: { connection: { id: connection.id }, secret: null } });
    const second = await ask('CreateConnection', { input: { name: 'second', authenticationType: 'ACCESS_KEY' } });
    expect(second).toMatchObject({ createConnection: { code: 'ACCESS_KEY_LIMIT', limit: 1 } });
  },
  async RenameConnection() {
    const { id } = await makeMachine();
    const name = `renamed ${id}`;
    expect(await ask('RenameConnection', { id, name })).toMatchObject({
      renameConnection: { __typename: 'ConnectionChanged', connection: { name } },
    });
    expect(await ask('RenameConnection', { id: callers.oauth.connectionId, name })).toMatchObject({
      renameConnection: { __typename: 'NameTaken', code: 'NAME_TAKEN', path: ['name'] },
    });
  },
  async DisableConnection() {
    const { machine, id, token } = await makeMachine();
    expect(await ask('DisableConnection', { id })).toMatchObject({
      disableConnection: { connection: { status: 'DISABLED' } },
    });
    expect([await hasSecret(machine), await lives(token)]).toEqual([false, false]);
  },
  async EnableConnection() {
    const { machine, id, token } = await makeMachine();
    await ask('DisableConnection', { id });
    expect(await ask('EnableConnection', { id })).toMatchObject({
      enableConnection: { connection: { status: 'ACTIVE' } },
    });
    expect([await hasSecret(machine), await lives(token)]).toEqual([true, false]);
  },
  async DeleteConnection() {
    const { machine, id, token } = await makeMachine();
    expect(await ask('DeleteConnection', { id })).toMatchObject({ deleteConnection: { id } });
    expect([await hasSecret(machine), await lives(token)]).toEqual([false, false]);
    expect(await ask('DeleteConnection', { id })).toMatchObject({ deleteConnection: { code: 'NOT_FOUND' } });
  },
  async SetAllowedCidrs() {
    const { machine, id } = await makeMachine();
    expect(await ask('SetAllowedCidrs', { id, cidrs: ['10.0.0.0/8'] })).toMatchObject({
      setAllowedCidrs: { connection: { allowedCidrs: ['10.0.0.0/8'] } },
    });
    expect(await hasSecret(machine)).toBe(false);
    await ask('SetAllowedCidrs', { id, cidrs: [] });
    expect(await hasSecret(machine)).toBe(true);
    expect(await ask('SetAllowedCidrs', { id, cidrs: ['nowhere'] })).toMatchObject({
      setAllowedCidrs: { __typename: 'InvalidInput', code: 'INVALID_INPUT' },
    });
  },
  async ReplaceUpstreamCredential() {
    await using tenant = await startTenant({ accessKeys: ['tenant-access-key', 'renewed-key'] });
    await using upstream = await startUpstreamGateway(tenant.url);
    const [oauth, id] = upstream.connectionIds;
    expect(await ask('ReplaceUpstreamCredential', { id, accessKey: 'renewed-key' }, upstream)).toMatchObject({
      replaceUpstreamCredential: { __typename: 'ConnectionChanged' },
    });
    const asMachine = upstream.client(upstream.callers.token);
    expect(await asMachine.send('{ viewer { id } }')).not.toHaveProperty('errors');
    const clientSecret = 'tenant-secret';
    expect(await ask('ReplaceUpstreamCredential', { id: oauth, clientSecret }, upstream)).toMatchObject({
      replaceUpstreamCredential: { __typename: 'ConnectionChanged' },
    });
    expect(await asMachine.send('{ viewer { id } }')).toMatchObject({ status: 401 });
  },
  async Viewer() {
    expect(await ask('Viewer')).toMatchObject({
      viewer: { role: 'SUPER_ADMIN', scopes: expect.arrayContaining(['m2m:admin']), organization: { id: 'default' } },
    });
  },
  async Organization() {
    expect(await ask('Organization')).toMatchObject({
      organization: {
        id: 'default',
        issuer: 'LOCAL',
        connections: expect.arrayContaining([expect.objectContaining({ id: callers.oauth.connectionId })]),
        limits: [{ name: 'minute' }, { name: 'day' }],
      },
    });
  },
  async AuditEvents() {
    const { id: target } = await makeMachine();
    const event = { action: 'connection.created', actor: 'user:tester', target };
    expect(await ask('AuditEvents', { first: 1 })).toMatchObject({
      auditEvents: { edges: [{ node: event }], pageInfo: { hasNextPage: true } },
    });
  },
  async RateLimit() {
    const first = await ask('RateLimit');
    expect(first).toMatchObject({ rateLimit: { policies: [{ name: 'minute', limit: 100 }, { name: 'day' }] } });
    const remaining = (data: unknown) =>
      (data as { rateLimit: { policies: { remaining: number }[] } }).rateLimit.policies[1]?.remaining;
    expect(remaining(await ask('RateLimit'))).toBe(remaining(first));
  },
  async RegenerateSecret() {
    const { machine, id, token } = await makeMachine();
    const secret = secretOf(await ask('RegenerateSecret', { id }));
    expect(await hasSecret(machine)).toBe(false);
    expect([await hasSecret({ ...machine, secret }), await lives(token)]).toEqual([true, true]);
  },
  async ResetAfterLeak() {
    const { machine, id, token } = await makeMachine();
    const secret = secretOf(await ask('ResetAfterLeak', { id }));
    expect(await hasSecret(machine)).toBe(false);
    expect([await hasSecret({ ...machine, secret }), await lives(token)]).toEqual([true, false]);
  },
  async IntrospectToken() {
    const { token, oauth } = callers;
    expect(await ask('IntrospectToken', { token })).toMatchObject({
      introspectToken: { active: true, clientId: oauth.clientId, tokenType: 'Bearer' },
    });
  },
  async IntrospectTokens() {
    const { token, oauth } = callers;
    expect(await ask('IntrospectTokens', { tokens: ['unknown', token] })).toEqual({
      introspectTokens: [
        { active: false, clientId: null },
        { active: true, clientId: oauth.clientId },
      ],
    });
  },
  async IntrospectTokenConnection() {
    const { token, oauth } = callers;
    expect(await ask('IntrospectTokenConnection', { token })).toMatchObject({
      introspectToken: { active: true, connection: { id: oauth.connectionId } },
    });
  },
  async IssueToken() {
    const { id: connectionId } = await makeMachine();
    const first = await ask('IssueToken', { connectionId });
    const { accessToken } = (first as { issueToken: { accessToken: string } }).issueToken;
    expect(await lives(accessToken)).toBe(true);
    expect(await ask('IssueToken', { connectionId })).toMatchObject({ issueToken: { accessToken } });
  },
  async RevokeToken() {
    const { token } = await makeMachine();
    expect(await ask('RevokeToken', { token })).toMatchObject({ revokeToken: { revoked: true } });
    expect(await lives(token)).toBe(false);
    expect(await ask('RevokeToken', { token })).toMatchObject({ revokeToken: { revoked: true } });
  },
  async RevokeListedToken() {
    const { id: connectionId, token } = await makeMachine();
    const data = await ask('ConnectionTokens', { id: connectionId });
    const { tokens } = (data as { connection: { tokens: { edges: { node: { id: string } }[] } } }).connection;
    const variables = { connectionId, tokenId: tokens.edges[0]?.node.id };
    for (let time = 0; time < 2; time++) {
      expect(await ask('RevokeListedToken', variables)).toMatchObject({ revokeListedToken: { revoked: true } });
      expect(await lives(token)).toBe(false);
    }
    const absent = await ask('RevokeListedToken', { ...variables, connectionId: 'con_absent' });
    expect(absent).toMatchObject({ revokeListedToken: { code: 'NOT_FOUND', path: ['connectionId'] } });
  },
  async RevokeTokens() {
    const { machine, id, token } = await makeMachine();
    expect(await ask('RevokeTokens', { connectionId: id })).toMatchObject({ revokeTokens: { connection: { id } } });
    expect([await lives(token), await hasSecret(machine)]).toEqual([false, true]);
  },
};

test('each documented operation has its promise below', () => {
  expect(Object.keys(PROMISES).sort()).toEqual(
    readOperations()
      .map(({ name }) => name)
      .sort(),
  );
});

test.each(Object.entries(PROMISES))('%s answers as the comment above it says', (_name, promise) => promise());
