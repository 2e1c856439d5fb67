import { expect, test } from 'vitest';
import { openPostgresSession, untilLocked } from '../support/postgres-session.js';
import { connectionRecord, SOME_INSTANT } from '../support/records.js';
import { newReplicatedPlace, openReplica } from '../support/replicated-database.js';

test('last uses that are written while the connection is deleted stand in nobody’s way', async () => {
  const place = await newReplicatedPlace();
  await using opened = await openReplica(place);
  const { database } = opened;
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  const connection = connectionRecord();
  await database.change('default', ({ connections }) => connections.insert(connection));
  await using session = await openPostgresSession(place.databaseUrl);
  // A deletion that has locked the connection and not yet its secrets.
  await session.run('begin');
  await session.run('select id from connections for update');

  const recording = database.usage.record({
    secrets: new Map(connection.secrets.map(({ id }) => [id, SOME_INSTANT])),
    tokens: new Map(),
    connections: new Map([[connection.id, SOME_INSTANT]]),
  });
  await untilLocked(place.databaseUrl);
  await session.run('delete from connections');
  await session.run('commit');

  await expect(recording).resolves.toBeUndefined();
  expect(await database.connections.list('default')).toEqual([]);
});
