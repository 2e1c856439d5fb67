import { expect, test } from 'vitest';
import { UpstreamCredentials } from '../../src/domain/connections/upstream-credentials.js';
import { OrganizationDirectory } from '../../src/domain/organizations/organization.directory.js';
import { machineOf, type Principal, userOf } from '../../src/domain/principal.js';
import { CarefulTenants } from '../../src/domain/tenants/careful-tenants.js';
import { UpstreamIntrospection } from '../../src/domain/tokens/upstream-introspection.js';
import { UsageRecorder } from '../../src/domain/usage/usage.recorder.js';
import { KeyRing } from '../../src/lib/key-ring.js';
import { generateSecret, Secret } from '../../src/lib/secrets.js';
import { TenantClient } from '../../src/outbound/tenant.client.js';
import { buildServices } from '../../src/services.js';
import { openTestDatabase } from '../support/embedded-database.js';
import { connectionRecord } from '../support/records.js';
import { errorCodeOf } from '../support/services.js';
import { CLIENT, SECRET } from '../support/tenant-questions.js';
import { startTenant } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';
import { insertUpstreamClient } from '../support/upstream-tokens.js';

const BOUND_MS = 200;
/** What is linked; to any other client nothing is. */
const CREDENTIALS: Record<string, Secret> = { [CLIENT]: SECRET, 'other-client': new Secret('wrong') };

/** A tenant, a token of its client, and who introspects in front of it. `other` is linked with a secret that is wrong. */
async function openIntrospection(settings: Parameters<typeof startTenant>[0] = {}) {
  await using stack = new AsyncDisposableStack();
  const tenant = stack.use(await startTenant(settings));
  const { database } = stack.use(await openTestDatabase());
  const clock = new TestClock(Date.now());
  const client = new TenantClient({ clock, allowLoopback: true });
  stack.defer(() => client.close());
  const connection = await insertUpstreamClient(database, tenant.url);
  const introspection = new UpstreamIntrospection({
    organizations: new OrganizationDirectory([
      { id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url },
      { id: 'local', issuer: 'LOCAL' },
    ]),
    connections: database.connections,
    lookup: database.connectionLookup,
    tenants: new CarefulTenants(client, clock),
    findCredential: async ({ clientId }) => CREDENTIALS[clientId],
    clock,
    boundMs: BOUND_MS,
  });
  const issued = await client.requestToken(tenant.url, CLIENT, SECRET);
  if (issued.outcome !== 'ISSUED') throw new Error(issued.outcome);
  const token = issued.accessToken.reveal();
  const disposal = stack.move();
  return {
    ...{ tenant, database, clock, connection, introspection, token },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

test.each(['ms', 's'] as const)(
  'a token of the tenant is active until it says, where it says so in %s',
  async (expUnit) => {
    await using opened = await openIntrospection({ expUnit });
    const { clock, connection, introspection, token } = opened;
    const found = await introspection.introspect('default', token, CLIENT);
    expect(found).toMatchObject({ connectionId: connection.id, clientId: CLIENT, organizationId: 'default' });
    const leftMs = (found?.expiresAt ?? 0) - clock.now();
    expect(leftMs).toBeGreaterThan(86_280_000);
    expect(leftMs).toBeLessThan(86_520_000);
  },
);

test('an answer serves for as long as a revocation may take to be known, and no longer', async () => {
  await using opened = await openIntrospection();
  const { clock, introspection, tenant, token } = opened;
  const isActive = async () => (await introspection.introspect('default', token, CLIENT)) !== undefined;
  expect(await isActive()).toBe(true);
  tenant.revoke(token);
  clock.advance(BOUND_MS);
  expect([await isActive(), tenant.count('introspect')]).toEqual([true, 1]);
  clock.advance(1);
  expect([await isActive(), tenant.count('introspect')]).toEqual([false, 2]);
});

test('how old an answer is counts from when the question was sent', async () => {
  await using opened = await openIntrospection();
  const { clock, introspection, tenant, token } = opened;
  const { promise, resolve } = Promise.withResolvers<void>();
  tenant.misbehave({ kind: 'wait', until: promise }, { times: 1 });
  const first = introspection.introspect('default', token, CLIENT);
  await until('the tenant was asked', () => tenant.count('introspect') === 1);
  clock.advance(BOUND_MS + 1);
  tenant.revoke(token);
  expect(await introspection.introspect('default', token, CLIENT)).toBeUndefined();
  resolve();
  await first;
  expect(tenant.count('introspect')).toBe(2);
});

test('a hundred who ask about one token at once are one question', async () => {
  await using opened = await openIntrospection();
  const { introspection, tenant, token } = opened;
  const found = await Promise.all(
    Array.from({ length: 100 }, () => introspection.introspect('default', token, CLIENT)),
  );
  expect(found.every((each) => each?.clientId === CLIENT)).toBe(true);
  expect(tenant.count('introspect')).toBe(1);
});

test('where the tenant does not answer nothing is active, and nothing of that is remembered', async () => {
  await using opened = await openIntrospection();
  const { introspection, tenant, token } = opened;
  tenant.misbehave({ kind: 'status', status: 500 }, { times: 2 });
  for (let ask = 0; ask < 2; ask++) {
    expect(await errorCodeOf(introspection.introspect('default', token, CLIENT))).toBe('TEMPORARILY_UNAVAILABLE');
  }
  expect(await introspection.introspect('default', token, CLIENT)).toBeDefined();
});

test('an admin’s question is put by each client until the tenant takes one, and is no "no" where it takes none', async () => {
  await using opened = await openIntrospection();
  const { database, connection, introspection, tenant, token } = opened;
  const other = connectionRecord({ clientId: 'other-client', createdAt: connection.createdAt - 1 });
  await database.change('default', ({ connections }) => connections.insert(other));

  expect(await introspection.introspect('default', token, undefined)).toMatchObject({ clientId: CLIENT });
  expect(await introspection.introspect('default', token, CLIENT)).toMatchObject({ clientId: CLIENT });
  expect(await errorCodeOf(introspection.introspect('default', token, 'other-client'))).toBe('UPSTREAM_REFUSED');
  expect(await errorCodeOf(introspection.introspect('default', 'unknown', undefined))).toBe('UPSTREAM_REFUSED');
  expect(tenant.count('introspect')).toBe(3);
});

test('a client to which nothing is linked cannot ask', async () => {
  await using opened = await openIntrospection();
  const { database, introspection, tenant, token } = opened;
  const unlinked = connectionRecord({ clientId: 'unlinked-client' });
  await database.change('default', ({ connections }) => connections.insert(unlinked));
  expect(await errorCodeOf(introspection.introspect('default', token, 'unlinked-client'))).toBe('UPSTREAM_REFUSED');
  expect(tenant.count('introspect')).toBe(0);
});

test('nobody asks for a client that is disabled or of another organisation, nor for an organisation without a tenant', async () => {
  await using opened = await openIntrospection();
  const { database, connection, introspection, tenant, token } = opened;
  await database.change('default', ({ connections }) => connections.update({ ...connection, status: 'DISABLED' }));
  expect(await introspection.introspect('default', token, CLIENT)).toBeUndefined();
  expect(await introspection.introspect('default', token, undefined)).toBeUndefined();
  expect(await introspection.introspect('local', token, CLIENT)).toBeUndefined();
  expect(tenant.count('introspect')).toBe(0);
});

test('a machine’s question is put by its own client alone, an admin’s by each, and none is answered from memory', async () => {
  await using tenant = await startTenant();
  await using opened = await openTestDatabase();
  const { database } = opened;
  const clock = new TestClock(Date.now());
  const keyRing = KeyRing.parse(KeyRing.generate());
  const client = new TenantClient({ clock, allowLoopback: true });
  const { machines } = buildServices({
    ...{ database, keyRing, clock, tenants: client, usage: new UsageRecorder(database.usage) },
    organizations: [
      { id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url },
      { id: 'other', issuer: 'LOCAL' },
    ],
    ...{ limits: undefined, callsAlone: database.calls, revocationBoundMs: BOUND_MS, jitter: 0.5 },
  });
  const accepted = await insertUpstreamClient(database, tenant.url);
  const refused = connectionRecord({ clientId: 'other-client', createdAt: accepted.createdAt - 1 });
  await database.change('default', async ({ connections, upstreamCredentials }) => {
    await connections.insert(refused);
    const credentials = new UpstreamCredentials(keyRing);
    await credentials.save(upstreamCredentials, accepted, SECRET);
    await credentials.save(upstreamCredentials, refused, new Secret('wrong'));
  });
  const issued = await client.requestToken(tenant.url, CLIENT, SECRET);
  const token = issued.outcome === 'ISSUED' ? issued.accessToken.reveal() : '';
  const introspect = (caller: Principal) => machines.introspect(caller, token, 'counted');

  expect(await introspect(machineOf(accepted, 'client secret'))).toMatchObject({ active: true });
  expect(await errorCodeOf(introspect(machineOf(refused, 'access token')))).toBe('UPSTREAM_REFUSED');
  expect(await introspect(userOf('ADMIN', 'tester', 'default'))).toMatchObject({ active: true });

  // A token that only the tenant may know, in our own form: memory proves nothing of it.
  const unknown = generateSecret('accessToken').reveal();
  expect(await machines.introspect(userOf('ADMIN', 'tester', 'other'), unknown, 'counted')).toEqual({ active: false });
  expect(machines.recall('other', unknown)).toMatchObject({ token: null });
  expect(machines.recall('default', unknown)).toBeUndefined();
  await client.close();
});
