import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CreateConnectionDocument,
  type CreateConnectionInput,
  IntrospectTokenDocument,
  IssueTokenDocument,
  RegenerateSecretDocument,
  ReplaceUpstreamCredentialDocument,
  ResetAfterLeakDocument,
} from '../generated/graphql.js';
import { type CapturedLog, captureLog } from '../support/captured-log.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { requestToken } from '../support/machine.js';
import { statementsOf } from '../support/statement-counter.js';
import { startTenant, type TenantStub } from '../support/tenant-stub.js';

const CLIENT = { clientId: 'tenant-client', clientSecret: 'tenant-secret' };
const MACHINE = { clientId: CLIENT.clientId, secret: CLIENT.clientSecret };
const KEY = { accessKey: 'tenant-access-key' };

let tenant: TenantStub;
let gateway: TestGateway;
let log: CapturedLog;

beforeEach(async () => {
  tenant = await startTenant();
  log = captureLog();
  gateway = await startTestGateway({
    logger: log.logger,
    config: {
      organizations: [
        { id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url },
        { id: 'other', issuer: 'UPSTREAM', tenantUrl: tenant.url },
        { id: 'local', issuer: 'LOCAL' },
      ],
    },
  });
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await tenant[Symbol.asyncDispose]();
});

type Given = Partial<CreateConnectionInput>;

async function create(given: Given, organizationId = 'default') {
  const admin = gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', organizationId)}` });
  const input = { name: 'linked', authenticationType: 'OAUTH', ...given } as CreateConnectionInput;
  return (await admin.run(CreateConnectionDocument, { input })).createConnection;
}

async function createLinked(given: Given = CLIENT) {
  const made = await create(given);
  if (made.__typename !== 'ConnectionCreated') throw new Error(JSON.stringify(made));
  return made.connection.id;
}

describe('linking', () => {
  test('a client is asked for once of the tenant, keeps its id, and its secret is shown to nobody', async () => {
    const made = await create(CLIENT);
    expect(made).toMatchObject({ clientId: CLIENT.clientId, secret: null, warning: null });
    expect(JSON.stringify(made)).not.toContain(CLIENT.clientSecret);
    expect(tenant.count('token')).toBe(1);
  });

  test('an access key is tried once at the tenant, by a call that changes nothing', async () => {
    const made = await create({ authenticationType: 'ACCESS_KEY', ...KEY });
    expect(made).toMatchObject({ clientId: null, secret: null, warning: null });
    expect(tenant.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test.each<[string, Given, string[]]>([
    ['no client id', { clientSecret: 'x' }, ['input', 'clientId']],
    ['no client secret', { clientId: 'x' }, ['input', 'clientSecret']],
    ['an access key beside the client', { ...CLIENT, ...KEY }, ['input', 'accessKey']],
    ['no access key', { authenticationType: 'ACCESS_KEY' }, ['input', 'accessKey']],
    [
      'a client id beside the access key',
      { authenticationType: 'ACCESS_KEY', ...KEY, clientId: 'x' },
      ['input', 'clientId'],
    ],
    ['a colon in the client id', { ...CLIENT, clientId: 'a:b' }, ['input', 'clientId']],
    ['a space in the secret', { ...CLIENT, clientSecret: 'a b' }, ['input', 'clientSecret']],
    ['a secret without end', { ...CLIENT, clientSecret: 'a'.repeat(513) }, ['input', 'clientSecret']],
  ])('%s is refused without asking the tenant', async (_what, given, path) => {
    expect(await create(given)).toMatchObject({ code: 'INVALID_INPUT', path });
    expect(tenant.requests).toEqual([]);
  });

  test('what the tenant does not accept is refused where it stands, and nothing is kept', async () => {
    expect(await create({ ...CLIENT, clientSecret: 'wrong' })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'clientSecret'],
    });
    expect(await create({ authenticationType: 'ACCESS_KEY', accessKey: 'wrong' })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'accessKey'],
    });
    expect(await createLinked()).toMatch(/^con_/);
  });

  test('where the tenant cannot be reached it is kept all the same, and the caller is told', async () => {
    tenant.misbehave({ kind: 'status', status: 503 }, { times: 1 });
    expect(await create(CLIENT)).toMatchObject({
      clientId: CLIENT.clientId,
      warning: expect.stringContaining('unchecked'),
    });
  });

  test('a client is linked once, whoever links it', async () => {
    await createLinked();
    const refusal = { code: 'INVALID_INPUT', path: ['input', 'clientId'] };
    expect(await create({ ...CLIENT, name: 'again' })).toMatchObject(refusal);
    expect(await create({ ...CLIENT, name: 'again' }, 'other')).toMatchObject(refusal);
  });

  test('an access key is linked once, since machines are known by it alone', async () => {
    const key = { authenticationType: 'ACCESS_KEY', ...KEY } as const;
    const id = await createLinked(key);
    expect(await create(key, 'other')).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'accessKey'] });
    const replaced = await gateway.client().run(ReplaceUpstreamCredentialDocument, { id, ...KEY });
    expect(replaced.replaceUpstreamCredential).toMatchObject({ __typename: 'ConnectionChanged' });

    tenant.settings.accessKeys.push('key-of-other');
    expect(await create({ ...key, accessKey: 'key-of-other' }, 'other')).toMatchObject({ warning: null });
    const taken = await gateway.client().run(ReplaceUpstreamCredentialDocument, { id, accessKey: 'key-of-other' });
    expect(taken.replaceUpstreamCredential).toMatchObject({ code: 'INVALID_INPUT', path: ['accessKey'] });
  });

  test('a repeated create is the same connection, and another one with another secret', async () => {
    const first = await create({ ...CLIENT, idempotencyKey: 'one' });
    const again = await create({ ...CLIENT, idempotencyKey: 'one' });
    expect(again).toEqual(first);
    tenant.settings.clients[CLIENT.clientId] = 'next-secret';
    expect(await create({ ...CLIENT, idempotencyKey: 'one' })).toEqual(first);
    expect(await create({ ...CLIENT, clientSecret: 'next-secret', idempotencyKey: 'one' })).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['input', 'idempotencyKey'],
    });
  });

  test('an organisation that makes its own credentials takes none', async () => {
    expect(await create(CLIENT, 'local')).toMatchObject({ code: 'INVALID_INPUT', path: ['input', 'clientId'] });
  });
});

describe('a linked client', () => {
  test('gets tokens of the gateway for the tenant’s id and secret, and its admins the tenant’s bearer', async () => {
    const connectionId = await createLinked();
    const token = await requestToken(gateway.url, { ...MACHINE, connectionId });
    expect(token).toMatch(/^lkat_/);
    const admin = gateway.client();
    const { introspectToken: ours } = await admin.run(IntrospectTokenDocument, { token });
    expect(ours).toMatchObject({ active: true, clientId: CLIENT.clientId, issuedAt: expect.any(String) });

    const { issueToken } = await admin.run(IssueTokenDocument, { connectionId });
    if (issueToken.__typename !== 'AccessToken') throw new Error(JSON.stringify(issueToken));
    expect(issueToken.accessToken).not.toMatch(/^lkat_/);
    expect(issueToken.expiresIn).toBeGreaterThan(86_000);
    expect(await statementsOf(() => admin.run(IssueTokenDocument, { connectionId }))).toEqual([]);
    const { introspectToken: theirs } = await admin.run(IntrospectTokenDocument, { token: issueToken.accessToken });
    expect(theirs).toMatchObject({ active: true, clientId: CLIENT.clientId, issuedAt: null });
    tenant.revoke();
    expect((await admin.run(IntrospectTokenDocument, { token: 'never-issued' })).introspectToken.active).toBe(false);
  });

  test('has its secret replaced by one that the tenant takes, after which the old one and its bearer are of no use', async () => {
    const connectionId = await createLinked();
    const admin = gateway.client();
    const issue = async () => (await admin.run(IssueTokenDocument, { connectionId })).issueToken;
    const before = await issue();
    const replace = async (given: object) =>
      (await admin.run(ReplaceUpstreamCredentialDocument, { id: connectionId, ...given })).replaceUpstreamCredential;

    const refused = { code: 'INVALID_INPUT', path: ['clientSecret'] };
    expect(await replace({ clientSecret: 'wrong' })).toMatchObject(refused);
    expect(await replace({})).toMatchObject(refused);
    expect(await replace(KEY)).toMatchObject({ code: 'INVALID_INPUT', path: ['accessKey'] });
    tenant.misbehave({ kind: 'status', status: 500 }, { times: 1 });
    expect(await replace({ clientSecret: 'next-secret' })).toMatchObject(refused);
    expect(await issue()).toEqual({ ...before, expiresIn: expect.any(Number) });

    tenant.settings.clients[CLIENT.clientId] = 'next-secret';
    expect(await replace({ clientSecret: 'next-secret' })).toMatchObject({ __typename: 'ConnectionChanged' });
    const after = await issue();
    expect(after).toMatchObject({ __typename: 'AccessToken' });
    expect(after).not.toMatchObject({ accessToken: (before as { accessToken: string }).accessToken });
    await expect(requestToken(gateway.url, { ...MACHINE, connectionId })).rejects.toThrow('401');
    expect(await requestToken(gateway.url, { ...MACHINE, connectionId, secret: 'next-secret' })).toMatch(/^lkat_/);
  });

  test('and a linked access key have what the tenant cannot have made refused in their place', async () => {
    const oauth = await createLinked();
    const key = await createLinked({ authenticationType: 'ACCESS_KEY', name: 'key', ...KEY });
    const replace = async (id: string, given: object, admin = gateway.client()) =>
      (await admin.run(ReplaceUpstreamCredentialDocument, { id, ...given })).replaceUpstreamCredential;
    const invalid = (...path: string[]) => ({ code: 'INVALID_INPUT', path });
    expect(await replace(oauth, { clientSecret: 'a b' })).toMatchObject(invalid('clientSecret'));
    expect(await replace(key, {})).toMatchObject(invalid('accessKey'));
    expect(await replace(key, { clientSecret: 'x' })).toMatchObject(invalid('clientSecret'));
    expect(await replace(key, { accessKey: 'wrong' })).toMatchObject(invalid('accessKey'));
    expect(await replace('con_absent', { accessKey: 'x' })).toMatchObject({ code: 'NOT_FOUND', path: ['id'] });
    const local = gateway.client({ authorization: `Bearer ${gateway.bearer('SUPER_ADMIN', 'local')}` });
    const { createConnection } = await local.run(CreateConnectionDocument, {
      input: { name: 'ours', authenticationType: 'OAUTH' },
    });
    const ours = createConnection.__typename === 'ConnectionCreated' ? createConnection.connection.id : '';
    expect(await replace(ours, { clientSecret: 'x' }, local)).toMatchObject(invalid('id'));

    tenant.settings.accessKeys.push('next-access-key');
    expect(await replace(key, { accessKey: 'next-access-key' })).toMatchObject({ __typename: 'ConnectionChanged' });
    const viewer = (accesskey: string) => gateway.client({ accesskey }).send('{ viewer { role } }');
    expect((await viewer('next-access-key')).data).toEqual({ viewer: { role: 'MACHINE' } });
    expect((await viewer(KEY.accessKey)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test('of a tenant whose trusted addresses lack ours is refused in words that say so', async () => {
    const text = '{"result":false,"errorCode":"GS_APIG_2402","errorDesc":"IP Address does not lie in range"}';
    tenant.misbehave({ kind: 'status', status: 403, text });
    expect(await create({ authenticationType: 'ACCESS_KEY', ...KEY })).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('trusted addresses'),
      path: ['input', 'accessKey'],
    });
  });

  test('cannot have a secret made here: the answer says where', async () => {
    const id = await createLinked();
    const admin = gateway.client();
    const refusal = {
      code: 'INVALID_INPUT',
      path: ['id'],
      message: expect.stringContaining('replaceUpstreamCredential'),
    };
    expect((await admin.run(RegenerateSecretDocument, { id, graceSeconds: 0 })).regenerateSecret).toMatchObject(
      refusal,
    );
    expect((await admin.run(ResetAfterLeakDocument, { id })).resetAfterLeak).toMatchObject(refusal);
  });

  test('whose secret the tenant has ended is said to be refused, and nobody learns the secret', async () => {
    const connectionId = await createLinked();
    tenant.settings.clients[CLIENT.clientId] = 'next-secret';
    const body = await gateway.client().send('mutation ($id: ID!) { issueToken(connectionId: $id) { __typename } }', {
      id: connectionId,
    });
    expect(JSON.stringify(body)).toContain('A super admin has to replace them');
    expect(`${JSON.stringify(body)} ${log.text}`).not.toContain(CLIENT.clientSecret);
  });
});
