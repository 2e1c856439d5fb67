import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RenameConnectionDocument } from '../generated/graphql.js';
import { createMachine } from '../support/machine.js';
import { createWorkingMachines, workOf } from '../support/machine-work.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { signalPostgres } from '../support/postgres-signals.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { send } from '../support/rest.js';
import { newRedisUrl } from '../support/shared-servers.js';
import { reportOf, SteadyLoad, worstOf } from '../support/steady-load.js';
import { reportTrial } from '../support/trial-report.js';
import { until } from '../support/until.js';

const OUTAGE_MS = 5_000;
/** PostgreSQL's own time-outs, and ours where it does not answer at all. */
const ANSWER_WITHIN_MS = 3_000;

/** A proxy that was told otherwise would send nobody here: those who are known could not be served. */
const READINESS = 'asking whether it is ready';

interface Outage {
  readonly begin: (postgres: PostgresServer) => Promise<unknown>;
  readonly end: (postgres: PostgresServer) => Promise<unknown>;
}

test.for<readonly [what: string, outage: Outage]>([
  ['is stopped', { begin: (postgres) => postgres.stop('fast'), end: (postgres) => postgres.start() }],
  [
    'hangs',
    {
      begin: async (postgres) => signalPostgres(postgres, 'SIGSTOP'),
      end: async (postgres) => signalPostgres(postgres, 'SIGCONT'),
    },
  ],
])(
  'while PostgreSQL %s machines that are known are served, changes are answered with 503, and all is well again without a restart',
  { timeout: 60_000 },
  async ([what, outage], { annotate }) => {
    await using postgres = await startPostgres();
    await using replicas = new Replicas(
      {
        databaseUrl: await postgres.createDatabase(),
        redisUrl: await newRedisUrl(),
      },
      { deadlineMs: HASTY_MS },
    );
    const replica = await replicas.start();
    const admin = replicas.admin(replica);
    const machines = await createWorkingMachines(replica.url, replicas.admins(replica));
    const { connectionId: id } = await createMachine(admin);
    const load = new SteadyLoad(
      [
        ...workOf(replica.url, machines),
        {
          name: 'renaming a connection',
          send: async () => {
            const { status, data, errors } = await admin.send(RenameConnectionDocument.toString(), {
              id,
              name: `${performance.now()}`,
            });
            return { status, headers: new Headers(), text: JSON.stringify({ data, errors }) };
          },
        },
        { name: READINESS, send: () => send(`${replica.url}/readyz`) },
      ],
      2,
    );
    const readiness = async () => (await send(`${replica.url}/readyz`)).text;
    await delay(1_000);
    load.take();

    await outage.begin(postgres);
    await delay(OUTAGE_MS);
    const during = load.take();
    expect(await readiness()).toBe(
      '{"status":"degraded","degradedBy":"database","writes":"unavailable","gateways":"many","limits":"exact"}',
    );
    await outage.end(postgres);
    await until(
      'nothing degrades the gateway',
      async () => (await readiness()) === '{"status":"ready","gateways":"many","limits":"exact"}',
    );
    await delay(3_000);
    load.take();
    await delay(1_000);
    const after = await load.stop();

    const report = `PostgreSQL ${what}: ${reportOf(during)}; then ${reportOf(after)}`;
    const { slowest, failed, requests } = worstOf(during);
    await reportTrial(
      annotate,
      {
        bound: `answers within ${ANSWER_WITHIN_MS} ms, none failed`,
        worst: `${slowest}, ${failed}`,
        trials: `${requests} in ${OUTAGE_MS / 1_000} s`,
      },
      report,
    );
    for (const [name, { failures, slowestMs, ok, unavailable }] of during) {
      expect(failures, name).toEqual([]);
      expect(slowestMs, name).toBeLessThan(ANSWER_WITHIN_MS);
      const goesOn = name.startsWith('introspecting') || name === 'asking for a token' || name === READINESS;
      if (goesOn) expect([unavailable, ok > (name === READINESS ? 0 : 100)], name).toEqual([0, true]);
      else expect(unavailable, name).toBeGreaterThan(0);
    }
    for (const [name, { failures, unavailable }] of after) {
      expect({ failures, unavailable }, name).toEqual({ failures: [], unavailable: 0 });
    }
  },
);
