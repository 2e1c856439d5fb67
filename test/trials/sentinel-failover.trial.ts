import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isActive, requestToken } from '../support/machine.js';
import { createWorkingMachines, type WorkingMachine, workOf } from '../support/machine-work.js';
import { startSentinels } from '../support/redis-sentinels.js';
import { startRedis, startReplica } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportOf, SteadyLoad, worstOf } from '../support/steady-load.js';
import { reportTrial } from '../support/trial-report.js';
import { until } from '../support/until.js';

const DOWN_AFTER_MS = 1_000;
/** Detection, election and reconnection; the sentinels themselves take most of it. */
const OUTAGE_MS_MAX = 10_000;
const ANSWER_WITHIN_MS = 1_000;

test.for<readonly [what: string, signal: NodeJS.Signals]>([
  ['was killed', 'SIGKILL'],
  ['hangs', 'SIGSTOP'],
])(
  'when the primary %s, Sentinel’s next one is used without a restart, and nothing that was revoked is accepted',
  { timeout: 90_000 },
  async ([what, signal], { annotate }) => {
    await using master = await startRedis();
    await using _replica = await startReplica(master);
    await using sentinels = await startSentinels(master, { count: 3, downAfterMs: DOWN_AFTER_MS, name: 'latchkey' });
    const hosts = sentinels.ports.map((port) => `127.0.0.1:${port}`).join(',');
    await using replicas = new Replicas(
      {
        databaseUrl: await newDatabaseUrl(),
        redisUrl: `redis+sentinel://${hosts}/${sentinels.name}`,
      },
      { deadlineMs: HASTY_MS },
    );
    const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
    const machines = await createWorkingMachines(first.url, replicas.admins(first));
    const [{ machine }] = machines as [WorkingMachine];
    // What was issued or revoked just before may be lost with the primary: the token then, never the revocation.
    const load = new SteadyLoad(
      [first, second].flatMap(({ url }) => workOf(url, machines, { mayLoseTokens: true })),
      2,
    );
    await delay(1_000);
    load.take();

    master.kill(signal);
    const failedAt = performance.now();
    await until('tokens are issued and accepted by both again', async () => {
      const token = await requestToken(first.url, machine);
      return isActive(second.url, machine, token);
    });
    const outageMs = performance.now() - failedAt;
    const during = load.take();
    await delay(2_000);
    const after = await load.stop();

    const report = `primary ${what}: tokens issued and accepted again after ${outageMs.toFixed(0)} ms (sentinels wait ${DOWN_AFTER_MS} ms); meanwhile ${reportOf(during)}; then ${reportOf(after)}`;
    const { slowest, failed, requests } = worstOf(during, after);
    await reportTrial(
      annotate,
      {
        bound: `back within ${OUTAGE_MS_MAX} ms, answers within ${ANSWER_WITHIN_MS} ms, none failed`,
        worst: `${outageMs.toFixed(0)} ms, ${slowest}, ${failed}`,
        trials: `one failover, ${requests}`,
      },
      report,
    );
    for (const [name, { failures, slowestMs }] of [...during, ...after]) {
      expect(failures, name).toEqual([]);
      expect(slowestMs, name).toBeLessThan(ANSWER_WITHIN_MS);
    }
    expect(outageMs).toBeLessThan(OUTAGE_MS_MAX);
  },
);
