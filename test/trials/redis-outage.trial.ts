import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inspectHeap } from '../support/live-heap.js';
import { isActive, requestToken } from '../support/machine.js';
import { createWorkingMachines, type WorkingMachine, workOf } from '../support/machine-work.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportOf, SteadyLoad, worstOf } from '../support/steady-load.js';
import { reportTrial } from '../support/trial-report.js';
import { until } from '../support/until.js';

const OUTAGE_MS = 10_000;
/** In this time what refuses has been compiled, and its first garbage was made: from then on memory is flat. */
const WARM_MS = 4_000;
/** Whatever Redis does, whoever asks is told something within this. */
const ANSWER_WITHIN_MS = 1_000;
const RECOVER_WITHIN_MS = 2_000;
/** How much more a process may hold after thousands of refusals. What it has not collected yet is no leak. */
const GROWTH_BYTES_MAX = 2e6;

interface Outage {
  readonly begin: (redis: RedisServer) => Promise<unknown> | undefined;
  readonly end: (redis: RedisServer) => Promise<unknown> | undefined;
}

const STOPPED: Outage = {
  begin: async (redis) => redis.kill('SIGSTOP'),
  end: async (redis) => redis.kill('SIGCONT'),
};
const KILLED: Outage = {
  begin: (redis) => {
    redis.kill('SIGKILL');
    return redis.ended;
  },
  end: (redis) => redis.restart(),
};

test.for<readonly [what: string, outage: Outage, mayLoseTokens: boolean]>([
  ['hangs', STOPPED, false],
  ['is killed and started again, empty', KILLED, true],
])(
  'while Redis %s every request is answered within a second, nothing revoked is accepted, and all is well again without a restart',
  { timeout: 60_000 },
  async ([what, outage, mayLoseTokens], { annotate }) => {
    await using redis = await startRedis();
    await using replicas = new Replicas(
      { databaseUrl: await newDatabaseUrl(), redisUrl: redis.url },
      { deadlineMs: HASTY_MS },
    );
    const heap = await inspectHeap();
    const [first, second] = await Promise.all([replicas.start(), replicas.start({ NODE_OPTIONS: heap.options })]);
    const machines = await createWorkingMachines(first.url, replicas.admins(first));
    const [{ machine }] = machines as [WorkingMachine];
    const load = new SteadyLoad(
      [first, second].flatMap(({ url }) => workOf(url, machines, { mayLoseTokens })),
      2,
    );
    await delay(2_000);
    load.take();

    await outage.begin(redis);
    await delay(WARM_MS);
    const before = await heap.read();
    await delay(OUTAGE_MS - WARM_MS);
    const during = load.take();
    const grown = (await heap.read()) - before;
    await outage.end(redis);
    const endedAt = performance.now();
    await until('tokens are issued and accepted again', async () =>
      isActive(second.url, machine, await requestToken(first.url, machine)),
    );
    const recoveredMs = performance.now() - endedAt;
    await delay(1_000);
    load.take();
    await delay(1_000);
    const after = await load.stop();

    const report = `Redis ${what}: ${reportOf(during)}; grown by ${(grown / 1e6).toFixed(1)} MB; recovered after ${recoveredMs.toFixed(0)} ms; then ${reportOf(after)}`;
    const { slowest, failed, requests } = worstOf(during);
    await reportTrial(
      annotate,
      {
        bound: `answers within ${ANSWER_WITHIN_MS} ms, none failed, back within ${RECOVER_WITHIN_MS} ms, heap after a collection grown by less than ${GROWTH_BYTES_MAX / 1e6} MB`,
        worst: `${slowest}, ${failed}, ${recoveredMs.toFixed(0)} ms, ${(grown / 1e6).toFixed(1)} MB`,
        trials: `${requests} in ${OUTAGE_MS / 1_000} s`,
      },
      report,
    );
    for (const [name, { failures, slowestMs, unavailable }] of during) {
      expect(failures, name).toEqual([]);
      expect(slowestMs, name).toBeLessThan(ANSWER_WITHIN_MS);
      expect(unavailable, name).toBeGreaterThan(0);
    }
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    expect(recoveredMs).toBeLessThan(RECOVER_WITHIN_MS);
    for (const [name, { failures, unavailable, ok }] of after) {
      expect({ failures, unavailable }, name).toEqual({ failures: [], unavailable: 0 });
      expect(ok, name).toBeGreaterThan(10);
    }
  },
);
