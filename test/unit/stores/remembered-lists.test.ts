import { expect, test } from 'vitest';
import { RememberedLists } from '../../../src/stores/memory/remembered-lists.js';
import { openTestDatabase } from '../../support/embedded-database.js';
import { connectionRecord } from '../../support/records.js';
import { statementsOf } from '../../support/statement-counter.js';

test('connections that were read before a change, and come after it, are not remembered', async () => {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const [wasRead, mayCome] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lists = new RememberedLists({
    list: async (organizationId) => {
      const found = await database.connections.list(organizationId);
      wasRead.resolve();
      await mayCome.promise;
      return found;
    },
  });
  const early = lists.list('default');
  await wasRead.promise;
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  lists.forget();
  mayCome.resolve();

  expect(await early).toEqual([]);
  expect(await lists.list('default')).toEqual([connection]);
});

test('the embedded database reads an organisation’s connections once, and again after a change or a use', async () => {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  const read = async () => (await statementsOf(() => database.connections.list('default'))).length;
  expect([await read(), await read()]).toEqual([1, 0]);

  await database.change('default', ({ connections }) => connections.update({ ...connection, name: 'renamed' }));
  expect([await read(), await read()]).toEqual([1, 0]);
  await database.usage.record({ secrets: new Map(), tokens: new Map(), connections: new Map([[connection.id, 7]]) });
  expect(await database.connections.list('default')).toMatchObject([{ name: 'renamed', lastUsedAt: 7 }]);
});
