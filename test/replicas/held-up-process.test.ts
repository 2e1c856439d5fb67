import { expect, test } from 'vitest';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { HASTY_MS, newReplicatedPlace, openReplica } from '../support/replicated-database.js';

/** Longer than Redis's answers are waited for. */
const HELD_UP_MS = 800;

test('what Redis answered while the process was held up counts as answered in time', async () => {
  await using replica = await openReplica(await newReplicatedPlace(), { deadlineMs: HASTY_MS });
  const { tokens, organizations, change } = replica.database;
  await organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await change('default', ({ connections }) => connections.insert(connection));
  const token = tokenRecord(connection);
  await tokens.insert(token);

  const found = tokens.find(token.digest);
  const until = performance.now() + HELD_UP_MS;
  while (performance.now() < until);

  expect(await found).toMatchObject({ id: token.id });
});
