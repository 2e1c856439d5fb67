import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { openPostgresDatabase } from '../../src/stores/postgresql.database.js';
import { newGrantedUrl } from '../support/copied-database.js';
import { newMigratedUrl } from '../support/postgres-role.js';
import { openPostgresSession } from '../support/postgres-session.js';
import { connectionRecord, tokenRecord } from '../support/records.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { roundTripsOf } from '../support/round-trips.js';
import { TestClock } from '../support/test-clock.js';
import { describeEveryStore } from './every-store.contract.js';
import { openWithOrganizations } from './open-database.js';

async function open() {
  await using stack = new AsyncDisposableStack();
  // The rights that a start asks for suffice for everything.
  const databaseUrl = new Secret(await newGrantedUrl());
  const openOne = async () => {
    const database = await openPostgresDatabase({
      ...{ databaseUrl, databaseConnections: 4, deadlineMs: PATIENT_MS },
      ...{ clock: new TestClock(), logger: createLogger('error') },
    });
    return { database, [Symbol.asyncDispose]: () => database.close() };
  };
  const { database } = stack.use(await openOne());
  const opened = stack.move();
  return {
    database,
    openAnother: async () => opened.use(await openOne()).database,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('PostgreSQL without Redis', () => {
  describeEveryStore(open);

  test('what another gateway changes is seen at once: nothing is remembered', async () => {
    await using opened = await openWithOrganizations(open);
    const { database } = opened;
    const another = await opened.openAnother();
    const connection = connectionRecord();
    await database.change('default', ({ connections }) => connections.insert(connection));
    const token = tokenRecord(connection);
    await database.tokens.insert(token);
    expect(await database.connectionLookup.findById('default', connection.id)).toEqual(connection);
    expect(await database.tokens.find(token.digest)).toEqual(token);

    const disabled = { ...connection, status: 'DISABLED', generation: 2 } as const;
    await another.change('default', ({ connections }) => connections.update(disabled));

    expect(await database.connectionLookup.findById('default', connection.id)).toEqual(disabled);
    expect(database.connectionLookup.isCurrent(connection)).toBe(false);
    expect(await database.tokens.find(token.digest)).toBeUndefined();
  });

  test('tokens that are asked for at once share one statement, and so do look-ups', async () => {
    await using opened = await openWithOrganizations(open);
    const { database } = opened;
    const connection = connectionRecord();
    await database.change('default', ({ connections }) => connections.insert(connection));
    const tokens = Array.from({ length: 64 }, () => tokenRecord(connection));

    const inserting = await roundTripsOf(() => Promise.all(tokens.map((token) => database.tokens.insert(token))));
    const finding = await roundTripsOf(() => Promise.all(tokens.map(({ digest }) => database.tokens.find(digest))));

    expect([inserting.length, finding.length]).toEqual([1, 1]);
  });

  test('a look-up reads the tokens that are asked for, not all of their connection, also where nobody has counted them', async () => {
    const databaseUrl = await newMigratedUrl();
    const database = await openPostgresDatabase({
      ...{ databaseUrl: new Secret(databaseUrl), databaseConnections: 1, deadlineMs: PATIENT_MS },
      ...{ clock: new TestClock(), logger: createLogger('error') },
    });
    const digests = Array.from({ length: 20 }, (_, index) => `digest-${index}`);
    const [finding = ''] = await roundTripsOf(() => Promise.all(digests.map((digest) => database.tokens.find(digest))));
    await database.close();

    await using session = await openPostgresSession(databaseUrl);
    const plan = JSON.stringify(await session.run(`explain ${finding}`, digests));

    expect(plan).toContain('Index Cond: (digest = ANY');
    expect(plan).not.toContain('access_tokens_generation');
  });

  test('connections are listed with their secrets in one round trip', async () => {
    await using opened = await openWithOrganizations(open);
    const { database } = opened;
    const connections = [connectionRecord(), connectionRecord()];
    for (const each of connections) await database.change('default', (writers) => writers.connections.insert(each));

    const listing = await roundTripsOf(async () =>
      expect(await database.connections.list('default')).toHaveLength(connections.length),
    );

    expect(listing).toHaveLength(1);
  });
});
