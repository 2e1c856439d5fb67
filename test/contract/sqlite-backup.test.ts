import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../support/embedded-database.js';
import { connectionRecord } from '../support/records.js';

test('a copy that is asked for while a transaction is under way waits for its end, and has what it commits', async () => {
  await using opened = await openTestDatabase("insert into organizations (id, issuer) values ('default', 'LOCAL')");
  const { database, directory } = opened;
  const path = join(directory, 'copy.sqlite');
  const written = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const changing = database.change('default', async ({ connections }) => {
    await connections.insert(connectionRecord());
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  const copying = database.copyTo?.(path);
  // The same threads do both: a copy that did not wait has tried to begin by then.
  for (let turn = 0; turn < 50; turn++) await stat(directory);
  mayCommit.resolve();
  await Promise.all([changing, copying]);

  expect((await stat(path)).size).toBeGreaterThan(0);
  using copy = new DatabaseSync(path);
  expect(copy.prepare('select count(*) as count from connections').get()).toEqual({ count: 1 });
});
