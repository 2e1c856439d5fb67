import { expect, test } from 'vitest';
import type { Database } from '../../../src/domain/database/database.js';
import type { AccessToken } from '../../../src/domain/tokens/access-token.js';
import { ChangeListeners } from '../../../src/stores/memory/change-listeners.js';
import { RememberedTokens } from '../../../src/stores/memory/remembered-tokens.js';
import { openTestDatabase } from '../../support/embedded-database.js';
import { connectionRecord, tokenRecord } from '../../support/records.js';

/** A memory of a database whose answers are on their way until `deliver`. */
function rememberSlowly({ tokens }: Database) {
  const wasRead = Promise.withResolvers<void>();
  const mayCome = Promise.withResolvers<void>();
  const changes = new ChangeListeners();
  const source = {
    insert: tokens.insert.bind(tokens),
    listLive: tokens.listLive.bind(tokens),
    sweep: tokens.sweep.bind(tokens),
    find: async (digest: string) => {
      const found = await tokens.find(digest);
      wasRead.resolve();
      await mayCome.promise;
      return found;
    },
  };
  return {
    memory: new RememberedTokens(source, changes, 100),
    changes,
    wasRead: wasRead.promise,
    deliver: mayCome.resolve,
  };
}

async function openWithToken() {
  const opened = await openTestDatabase();
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  const [kept, added] = [tokenRecord(connection), tokenRecord(connection)];
  await database.tokens.insert(kept);
  return { ...opened, connection, kept, added };
}

type Scene = ReturnType<typeof rememberSlowly> & { readonly kept: AccessToken; readonly added: AccessToken };

test.for<[string, 'kept' | 'added', (scene: Scene) => unknown]>([
  ['a token was revoked', 'kept', ({ memory, kept }) => memory.tellRevoked(kept.digest)],
  ['a connection was changed', 'kept', ({ changes, kept }) => changes.tell(kept.connectionId)],
  ['a connection was changed', 'added', ({ changes, kept }) => changes.tell(kept.connectionId)],
  ['a token was inserted', 'added', ({ memory, added }) => memory.insert(added)],
  ['a change inserted a token', 'added', ({ memory, added }) => memory.tellInserted(added)],
])('an answer that was read before %s, and comes after, is not remembered', async ([, which, change]) => {
  await using opened = await openWithToken();
  const scene = { ...opened, ...rememberSlowly(opened.database) };
  const { digest } = opened[which];
  const early = scene.memory.find(digest);
  await scene.wasRead;
  await change(scene);
  scene.deliver();

  expect(await early).toEqual(which === 'kept' ? opened.kept : undefined);
  expect(scene.memory.recall(digest)).toBeUndefined();
});

test('what nothing has changed is remembered, a token and that there is none', async () => {
  await using opened = await openWithToken();
  const { memory, deliver } = rememberSlowly(opened.database);
  deliver();
  for (const { digest } of [opened.kept, opened.added]) await memory.find(digest);

  expect(memory.recall(opened.kept.digest)).toEqual(opened.kept);
  expect(memory.recall(opened.added.digest)).toBeNull();
  expect(memory.lookups).toEqual({ hits: 2, misses: 2 });
});
