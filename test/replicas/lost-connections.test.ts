import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Database } from '../../src/domain/database/database.js';
import { createLogger } from '../../src/lib/logger.js';
import { Secret } from '../../src/lib/secrets.js';
import { openPostgresDatabase } from '../../src/stores/postgresql.database.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { auditEventRecord, connectionRecord, tokenRecord } from '../support/records.js';
import { HASTY_MS, PATIENT_MS } from '../support/replicated-database.js';
import { roundTripsOf } from '../support/round-trips.js';
import { runPostgres } from '../support/run-postgres.js';
import { errorCodeOf } from '../support/services.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const CONNECTIONS = 4;
const OURS = `from pg_stat_activity where datname = current_database() and application_name = 'latchkey'`;

/** A database with all the connections to PostgreSQL that it may have, idle, through a proxy. */
async function openWithIdleConnections(deadlineMs = PATIENT_MS) {
  await using stack = new AsyncDisposableStack();
  const databaseUrl = await newDatabaseUrl();
  const server = new URL(databaseUrl);
  const proxy = stack.use(await startFaultProxy(Number(server.port)));
  server.port = String(proxy.port);
  const database = await openPostgresDatabase({
    ...{ databaseUrl: new Secret(server.href), databaseConnections: CONNECTIONS, deadlineMs },
    ...{ clock: new TestClock(), logger: createLogger('silent') },
  });
  stack.defer(() => database.close());
  // So that closing reaches PostgreSQL again.
  stack.defer(() => proxy.pass());
  await database.organizations.save([{ id: 'default', issuer: 'LOCAL' }]);
  await Promise.all(Array.from({ length: 10 }, () => database.connections.list('default')));
  // The one that migrated may be there for a moment yet.
  const count = () => runPostgres(databaseUrl, `select count(*) ${OURS}`);
  await until('the connections are all there', async () => (await count()) === String(CONNECTIONS));
  const disposal = stack.move();
  return { database, databaseUrl, proxy, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

type Opened = Awaited<ReturnType<typeof openWithIdleConnections>>;

/**
 * The server ends all connections while this process stands still: what it sends next goes out before it can hear of it.
 */
function terminateUnheard(databaseUrl: string): void {
  const script = `
    import pg from 'pg';
    const client = new pg.Client({ connectionString: process.argv[1] });
    await client.connect();
    await client.query("select pg_terminate_backend(pid, 60000) ${OURS}");
    await client.end();`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script, databaseUrl]);
}

const CONNECTION = connectionRecord();

function insertOnce({ change }: Database): Promise<void> {
  return change('default', async ({ connections, audit }) => {
    await connections.insert(CONNECTION);
    await audit.append(auditEventRecord());
  });
}

function countAudits(database: Database): Promise<number> {
  return database.audit.list('default', { after: undefined, limit: 100 }).then(({ length }) => length);
}

test.for<readonly [how: string, end: (opened: Opened) => void]>([
  ['by the server, which says so (57P01),', ({ databaseUrl }) => terminateUnheard(databaseUrl)],
  ['on the way, all of them, without a word,', ({ proxy }) => proxy.forget()],
])(
  'where idle connections were ended %s a change that meets one is made, once, and a read is answered',
  async ([, end]) => {
    await using opened = await openWithIdleConnections();
    const { database } = opened;
    let read: unknown;

    end(opened);
    const sent = await roundTripsOf(() => insertOnce(database));
    end(opened);
    const asked = await roundTripsOf(async () => {
      read = await database.connections.list('default');
    });

    expect(read).toEqual([CONNECTION]);
    expect(await countAudits(database)).toBe(1);
    // It did meet one, or this has proven nothing; and nothing but what has no effect was sent again.
    expect(sent.filter((text) => text.startsWith('begin')).length).toBeGreaterThan(1);
    expect(sent.filter((text) => !text.startsWith('begin'))).toEqual([...new Set(sent)].slice(1));
    expect(asked.length).toBeGreaterThan(1);
    end(opened);
    const lookedUp = await roundTripsOf(async () => {
      read = await database.tokens.find('absent');
    });
    expect(read).toBeUndefined();
    expect(lookedUp.length).toBeGreaterThan(1);
  },
);

test('a connection that is lost in the middle of a change ends it: nothing was made, and nothing is sent again', async () => {
  await using opened = await openWithIdleConnections();
  const { database, proxy } = opened;

  const sent = await roundTripsOf(async () => {
    const attempt = database.change('default', async ({ connections, audit }) => {
      await audit.append(auditEventRecord());
      proxy.forget();
      await connections.insert(CONNECTION);
    });
    expect(await errorCodeOf(attempt)).toBe('TEMPORARILY_UNAVAILABLE');
  });

  expect(new Set(sent).size).toBe(sent.length);
  expect(await database.connections.list('default')).toEqual([]);
  expect(await countAudits(database)).toBe(0);
});

test('a write outside of a transaction, which may have had effect, is not sent again', async () => {
  await using opened = await openWithIdleConnections();
  const { database, proxy } = opened;
  await insertOnce(database);

  const sent = await roundTripsOf(async () => {
    proxy.forget();
    expect(await errorCodeOf(database.tokens.insert(tokenRecord(CONNECTION)))).toBe('TEMPORARILY_UNAVAILABLE');
  });

  expect(sent).toHaveLength(1);
});

test('what had no answer in time is not asked again: its caller has waited', async () => {
  await using opened = await openWithIdleConnections(HASTY_MS);
  const { database, proxy } = opened;

  const sent = await roundTripsOf(async () => {
    proxy.blackhole();
    const attempts = [insertOnce(database), database.connections.list('default')];
    expect(await Promise.all(attempts.map(errorCodeOf))).toEqual(attempts.map(() => 'TEMPORARILY_UNAVAILABLE'));
  });

  expect(sent).toHaveLength(2);
});
