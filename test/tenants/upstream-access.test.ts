import { expect, test } from 'vitest';
import { UpstreamAccess } from '../../src/domain/calls/upstream-access.js';
import { OrganizationDirectory } from '../../src/domain/organizations/organization.directory.js';
import { type Machine, machineOf, type Principal, userOf } from '../../src/domain/principal.js';
import { openTestDatabase } from '../support/embedded-database.js';
import { connectionRecord } from '../support/records.js';
import { errorCodeOf } from '../support/services.js';
import { ACCESS_KEY } from '../support/tenant-questions.js';
import { startTenant } from '../support/tenant-stub.js';
import { TestClock } from '../support/test-clock.js';
import { insertUpstreamClient, upstreamTokensOf } from '../support/upstream-tokens.js';

const ADMIN = userOf('ADMIN', 'tester', 'default');

/** A tenant with a linked client; an access key is linked to whichever connection is one, but for `unlinked`. */
async function openAccess() {
  await using stack = new AsyncDisposableStack();
  const tenant = stack.use(await startTenant());
  const { database } = stack.use(await openTestDatabase());
  const client = await insertUpstreamClient(database, tenant.url);
  const access = new UpstreamAccess({
    organizations: new OrganizationDirectory([
      { id: 'default', issuer: 'UPSTREAM', tenantUrl: tenant.url },
      { id: 'local', issuer: 'LOCAL' },
    ]),
    connections: database.connections,
    clients: database.connectionLookup,
    sharedTokens: upstreamTokensOf(database, tenant.url, new TestClock()),
    findAccessKey: async ({ name }) => (name === 'unlinked' ? undefined : ACCESS_KEY),
  });
  const headerOf = async (principal: Principal) => {
    const { header } = await access.attach(principal);
    return [header[0], header[1].reveal()];
  };
  const disposal = stack.move();
  return { tenant, database, client, access, headerOf, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

function machineWith(id: string, credential: Machine['credential']): Principal {
  return machineOf(connectionRecord({ id }), credential);
}

test('an admin has the oldest client’s bearer until an access key is linked, and nothing where nothing is active', async () => {
  await using opened = await openAccess();
  const { client, database, headerOf } = opened;
  expect(await headerOf(ADMIN)).toEqual(['authorization', expect.stringMatching(/^Bearer tenant-token-/)]);
  const key = connectionRecord({ authenticationType: 'ACCESS_KEY', createdAt: client.createdAt + 1 });
  await database.change('default', ({ connections }) => connections.insert(key));
  expect(await headerOf(ADMIN)).toEqual(['accesskey', ACCESS_KEY.reveal()]);
  await database.change('default', async ({ connections }) => {
    for (const each of [client, key]) await connections.update({ ...each, status: 'DISABLED' });
  });
  expect(await errorCodeOf(headerOf(ADMIN))).toBe('NOT_FOUND');
});

test('a machine has its own connection’s credential, as long as that is active', async () => {
  await using opened = await openAccess();
  const { client, database, headerOf } = opened;
  expect((await headerOf(machineWith(client.id, 'access token')))[0]).toBe('authorization');
  await database.change('default', ({ connections }) => connections.update({ ...client, status: 'DISABLED' }));
  expect(await errorCodeOf(headerOf(machineWith(client.id, 'access token')))).toBe('INVALID_TOKEN');
  expect(await errorCodeOf(headerOf(machineWith('con_absent', 'access token')))).toBe('INVALID_TOKEN');
});

test('an access key to which nothing is linked is told so, and has no other to be replaced by', async () => {
  await using opened = await openAccess();
  const { access, database, headerOf } = opened;
  const unlinked = connectionRecord({ authenticationType: 'ACCESS_KEY', name: 'unlinked' });
  await database.change('default', ({ connections }) => connections.insert(unlinked));
  expect(await errorCodeOf(headerOf(machineWith(unlinked.id, 'access key')))).toBe('UPSTREAM_REFUSED');
  await database.change('default', ({ connections }) => connections.update({ ...unlinked, name: 'linked' }));
  const attached = await access.attach(machineWith(unlinked.id, 'access key'));
  expect(await attached.replace()).toBeUndefined();
});

test('an organisation without a tenant has nothing behind it', async () => {
  await using opened = await openAccess();
  const { access } = opened;
  expect(await errorCodeOf(access.attach(userOf('SUPER_ADMIN', 'tester', 'local')))).toBe('NOT_FOUND');
});
