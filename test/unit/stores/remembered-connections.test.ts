import { expect, test } from 'vitest';
import type { ConnectionLookup } from '../../../src/domain/connections/connection.lookup.js';
import { ChangeListeners } from '../../../src/stores/memory/change-listeners.js';
import { type ConnectionSource, RememberedConnections } from '../../../src/stores/memory/remembered-connections.js';
import { connectionRecord, secretRecord } from '../../support/records.js';
import { accepted, createConnection, openServices, type Services, SUPER_ADMIN } from '../../support/services.js';
import { statementsOf } from '../../support/statement-counter.js';

/** How many clients may be remembered. */
const REMEMBERED_MAX = 10_000;

function lookupOf({ database }: Services): ConnectionLookup {
  return database.connectionLookup;
}

/** What a gateway would read: connections of the organisation `default`, by another way than the look-up's own. */
function sourceOf({ database }: Services): ConnectionSource & { readonly reads: number } {
  const { connections } = database;
  let reads = 0;
  // The database has a memory of its own, whose connections it gives again.
  const copied = async <T>(read: Promise<T>): Promise<T> => {
    reads++;
    return structuredClone(await read);
  };
  return {
    get reads() {
      return reads;
    },
    findMany: (organizationId, ids) => copied(connections.findMany(organizationId, ids)),
    findByClientIds: async (clientIds) => {
      const found = await copied(connections.list('default'));
      return clientIds.map((clientId) => found.find((each) => each.clientId === clientId));
    },
    findByAccessKeyDigests: async () => undefined,
  };
}

test('a client is read once for as long as it does not change, and anew after it has', async () => {
  await using services = await openServices();
  const client = await createConnection(services);
  const lookup = lookupOf(services);
  const find = () => lookup.findByClientId(client.clientId);

  expect(await statementsOf(find)).not.toEqual([]);
  expect(await statementsOf(find)).toEqual([]);
  const another = await createConnection(services);
  accepted(await services.connections.rename(SUPER_ADMIN, another.connection.id, 'another'));
  expect(await statementsOf(find)).toEqual([]);
  expect(await find()).toEqual(client.connection);
  accepted(await services.connections.rename(SUPER_ADMIN, client.connection.id, 'renamed'));
  expect(await statementsOf(find)).not.toEqual([]);
});

test('what comes from memory is what is kept, after each change', async () => {
  await using services = await openServices();
  const { connection, clientId } = await createConnection(services);
  const lookup = lookupOf(services);
  const { connections, secrets } = services;
  for (const change of [
    () => connections.rename(SUPER_ADMIN, connection.id, 'renamed'),
    () => connections.disable(SUPER_ADMIN, connection.id),
    () => connections.enable(SUPER_ADMIN, connection.id),
    () => secrets.regenerate(SUPER_ADMIN, connection.id, 0),
    () => connections.delete(SUPER_ADMIN, connection.id),
  ]) {
    accepted<unknown>(await change());
    const [kept] = await sourceOf(services).findByClientIds([clientId]);
    expect([await lookup.findByClientId(clientId), await lookup.findByClientId(clientId)]).toEqual([kept, kept]);
  }
});

test('an id that is unknown is not remembered', async () => {
  await using services = await openServices();
  const lookup = lookupOf(services);
  expect(await lookup.findByClientId('lkid_unknown')).toBeUndefined();
  expect(await statementsOf(() => lookup.findByClientId('lkid_unknown'))).not.toEqual([]);
});

test('nothing that is remembered is used while changes may have been missed', async () => {
  await using services = await openServices();
  const { clientId, connection } = await createConnection(services);
  const changes = { areCurrent: true, onChange: () => undefined };
  const source = sourceOf(services);
  const lookup = new RememberedConnections(source, changes);
  const find = async () => {
    expect(await lookup.findByClientId(clientId)).toEqual(connection);
    return source.reads;
  };

  expect(await find()).toBe(1);
  changes.areCurrent = false;
  expect(await find()).toBe(2);
  changes.areCurrent = true;
  expect(await find()).toBe(2);
});

test('what was read while a connection changed is not remembered', async () => {
  await using services = await openServices();
  const { clientId, connection } = await createConnection(services);
  const source = sourceOf(services);
  const changes = new ChangeListeners();
  const reads = Promise.withResolvers<void>();
  const slow: ConnectionSource = {
    ...source,
    findByClientIds: async (ids) => {
      const found = await source.findByClientIds(ids);
      await reads.promise;
      return found;
    },
  };
  const lookup = new RememberedConnections(slow, changes);

  const early = lookup.findByClientId(clientId);
  // The read has happened when another that was asked for later has been answered.
  await new Promise(setImmediate);
  await source.findByClientIds([clientId]);
  accepted(await services.connections.disable(SUPER_ADMIN, connection.id));
  changes.tell(connection.id);
  reads.resolve();

  expect(await early).toMatchObject({ status: 'ACTIVE' });
  expect(await lookup.findByClientId(clientId)).toMatchObject({ status: 'DISABLED' });
});

test('of more clients than may be remembered the ones that were found last are', async () => {
  const count = REMEMBERED_MAX + 1;
  // Fifteen a piece would take 667 organisations: one a piece is simpler.
  const numbers = `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count})`;
  await using services = await openServices(
    `insert into organizations (id, issuer) ${numbers} select 'org-' || n, 'LOCAL' from numbers`,
    `insert into connections (id, organization_id, name, name_key, connector, authentication_type, status, client_id,
      slot, generation, allowed_cidrs, created_at, created_by, updated_at)
      ${numbers} select 'con-' || n, 'org-' || n, 'x', 'x', 'GAINSIGHT_API', 'OAUTH', 'ACTIVE', 'lkid-' || n,
      1, 1, '[]', 0, 'x', 0 from numbers`,
  );
  const lookup = lookupOf(services);
  const find = (number: number) => lookup.findByClientId(`lkid-${number}`);

  const found = await Promise.all(Array.from({ length: count }, (_, index) => find(index + 1)));

  expect(found.every((connection) => connection !== undefined)).toBe(true);
  expect(await statementsOf(() => find(count))).toEqual([]);
  expect(await statementsOf(() => find(2))).toEqual([]);
  expect(await statementsOf(() => find(1))).not.toEqual([]);
});

test('where any connection may have changed none is remembered, and one that is remembered is nobody else’s', async () => {
  await using services = await openServices();
  const { connection } = await createConnection(services);
  let tell: (connectionId: string | undefined) => void = () => undefined;
  const changes = {
    areCurrent: true,
    onChange: (listener: typeof tell) => {
      tell = listener;
    },
  };
  const lookup = new RememberedConnections(sourceOf(services), changes);
  const found = await lookup.findById('default', connection.id);
  expect(await lookup.findById('default', connection.id)).toBe(found);
  expect(await lookup.findById('other', connection.id)).toBeUndefined();
  tell(undefined);
  const again = await lookup.findById('default', connection.id);
  expect(again).toEqual(found);
  expect(again).not.toBe(found);
});

test('a key that was replaced and then given to another connection is that one’s', async () => {
  const key = secretRecord({ digest: { kid: 'k1', value: 'moved' } });
  const before = connectionRecord({ authenticationType: 'ACCESS_KEY', secrets: [key] });
  const replaced = { ...before, secrets: [secretRecord()] };
  const next = connectionRecord({ organizationId: 'other', authenticationType: 'ACCESS_KEY', secrets: [key] });
  let holder = before;
  const source: ConnectionSource = {
    findMany: async () => [replaced],
    findByClientIds: async () => [],
    findByAccessKeyDigests: async () => holder,
  };
  const changes = new ChangeListeners();
  const lookup = new RememberedConnections(source, changes);
  expect(await lookup.findByAccessKeyDigests(['moved'])).toBe(before);

  changes.tell(before.id);
  expect(await lookup.findById('default', before.id)).toBe(replaced);
  holder = next;

  expect(await lookup.findByAccessKeyDigests(['moved'])).toBe(next);
});
