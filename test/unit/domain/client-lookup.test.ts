import { expect, test } from 'vitest';
import { ClientLookup } from '../../../src/domain/access/client.lookup.js';
import type { ConnectionStore } from '../../../src/domain/connections/connection.store.js';
import { accepted, createConnection, openServices, SUPER_ADMIN } from '../../support/services.js';
import { statementsOf } from '../../support/statement-counter.js';

/** How many clients may be remembered. */
const REMEMBERED_MAX = 10_000;

test('a client is read once for as long as no connection changes, and anew after any has', async () => {
  await using services = await openServices();
  const client = await createConnection(services);
  const lookup = new ClientLookup(services.database.connections);
  const find = () => lookup.find(client.clientId);

  expect(await statementsOf(find)).not.toEqual([]);
  expect(await statementsOf(find)).toEqual([]);
  await createConnection(services);
  expect(await statementsOf(find)).not.toEqual([]);
  expect(await find()).toEqual(client.connection);
});

test('what comes from memory is what is kept, after each change', async () => {
  await using services = await openServices();
  const { connection, clientId } = await createConnection(services);
  const lookup = new ClientLookup(services.database.connections);
  const { connections } = services;
  for (const change of [
    () => connections.rename(SUPER_ADMIN, connection.id, 'renamed'),
    () => connections.disable(SUPER_ADMIN, connection.id),
    () => connections.enable(SUPER_ADMIN, connection.id),
    () => connections.regenerateSecret(SUPER_ADMIN, connection.id, 0),
    () => connections.delete(SUPER_ADMIN, connection.id),
  ]) {
    accepted<unknown>(await change());
    const [kept] = await services.database.connections.findByClientIds([clientId]);
    expect([await lookup.find(clientId), await lookup.find(clientId)]).toEqual([kept, kept]);
  }
});

test('an id that is unknown is not remembered', async () => {
  await using services = await openServices();
  const lookup = new ClientLookup(services.database.connections);
  expect(await lookup.find('lkid_unknown')).toBeUndefined();
  expect(await statementsOf(() => lookup.find('lkid_unknown'))).not.toEqual([]);
});

test('nothing is remembered from a store that cannot know of changes without being asked', async () => {
  await using services = await openServices();
  const { clientId, connection } = await createConnection(services);
  const { connections } = services.database;
  const store: Pick<ConnectionStore, 'revision' | 'findByClientIds'> = {
    revision: undefined,
    findByClientIds: (ids) => connections.findByClientIds(ids),
  };
  const lookup = new ClientLookup(store as ConnectionStore);

  for (let time = 0; time < 2; time++) {
    expect(await statementsOf(async () => expect(await lookup.find(clientId)).toEqual(connection))).not.toEqual([]);
  }
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
  const lookup = new ClientLookup(services.database.connections);
  const find = (number: number) => lookup.find(`lkid-${number}`);

  const found = await Promise.all(Array.from({ length: count }, (_, index) => find(index + 1)));

  expect(found.every((connection) => connection !== undefined)).toBe(true);
  expect(await statementsOf(() => find(count))).toEqual([]);
  expect(await statementsOf(() => find(2))).toEqual([]);
  expect(await statementsOf(() => find(1))).not.toEqual([]);
});
