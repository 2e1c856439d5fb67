import { expect, test } from 'vitest';
import { ConnectionsDocument } from '../generated/graphql.js';
import { createMachine } from '../support/machine.js';
import { Replicas } from '../support/replica-processes.js';
import { newReplicatedPlace } from '../support/replicated-database.js';
import { runPostgres } from '../support/run-postgres.js';

test.for<readonly [connections: string, setting: Record<string, string>]>([
  ['4', {}],
  ['2', { LATCHKEY_DATABASE_CONNECTIONS: '2' }],
])('however much is asked of it, a replica has no more than %s connections to PostgreSQL', async ([most, setting]) => {
  const place = await newReplicatedPlace();
  await using replicas = new Replicas(place);
  const replica = await replicas.start(setting);
  const admin = replicas.admin(replica);

  await Promise.all([
    ...Array.from({ length: 10 }, () => createMachine(admin)),
    ...Array.from({ length: 50 }, () => admin.run(ConnectionsDocument)),
  ]);

  // Those that are idle stay open for a while, so that all it ever had are there.
  const connections = `select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'latchkey'`;
  expect(await runPostgres(place.databaseUrl, connections)).toBe(most);
});
