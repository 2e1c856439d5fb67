import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { IssueTokenDocument } from '../generated/graphql.js';
import { isActive, requestToken } from '../support/machine.js';
import { createWorkingMachines, type WorkingMachine, workOf } from '../support/machine-work.js';
import { startCluster } from '../support/redis-cluster.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { newDatabaseUrl } from '../support/shared-servers.js';
import { reportOf, SteadyLoad, worstOf } from '../support/steady-load.js';
import { reportTrial } from '../support/trial-report.js';

const SLOTS = 1_000;
const ANSWER_WITHIN_MS = 1_000;
/** A share of the requests that may be told to come back while slots move. */
const UNAVAILABLE_SHARE_MAX = 0.01;

test('on a Cluster of three primaries all works, and while slots move between them too', { timeout: 120_000 }, async ({
  annotate,
}) => {
  await using cluster = await startCluster({ primaries: 3 });
  await using replicas = new Replicas(
    {
      databaseUrl: await newDatabaseUrl(),
      redisUrl: cluster.url,
    },
    { deadlineMs: HASTY_MS },
  );
  const [first, second] = await Promise.all([replicas.start(), replicas.start()]);
  const machines = await createWorkingMachines(first.url, replicas.admins(first));
  const [{ machine }] = machines as [WorkingMachine];
  const bearers = await Promise.all(
    [first, second, first, second].map(async (replica) => {
      const variables = { connectionId: machine.connectionId };
      const { issueToken } = await replicas.admin(replica).run(IssueTokenDocument, variables);
      if (issueToken.__typename !== 'AccessToken') throw new Error(issueToken.code);
      return issueToken.accessToken;
    }),
  );
  expect(new Set(bearers).size).toBe(1);
  const load = new SteadyLoad(
    [first, second].flatMap(({ url }) => workOf(url, machines)),
    2,
  );
  await delay(1_000);
  load.take();

  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const) {
    await cluster.reshard(SLOTS, from, to);
  }
  const during = load.take();
  await delay(2_000);
  const after = await load.stop();

  const report = `${3 * SLOTS} slots moved: ${reportOf(during)}; then ${reportOf(after)}`;
  const shares = [...during.values()].map(({ ok, unavailable }) => unavailable / (ok + unavailable));
  const { slowest, failed, requests } = worstOf(during);
  await reportTrial(
    annotate,
    {
      bound: `answers within ${ANSWER_WITHIN_MS} ms, none failed, under ${100 * UNAVAILABLE_SHARE_MAX} % of a kind told to come back`,
      worst: `${slowest}, ${failed}, ${(100 * Math.max(...shares)).toFixed(2)} %`,
      trials: `${requests} while ${3 * SLOTS} slots moved`,
    },
    report,
  );
  for (const [name, { failures, slowestMs, ok, unavailable }] of during) {
    expect(failures, name).toEqual([]);
    expect(slowestMs, name).toBeLessThan(ANSWER_WITHIN_MS);
    expect(unavailable / (ok + unavailable), name).toBeLessThan(UNAVAILABLE_SHARE_MAX);
  }
  for (const [name, { failures, unavailable }] of after) {
    expect({ failures, unavailable }, name).toEqual({ failures: [], unavailable: 0 });
  }
  expect(await isActive(second.url, machine, await requestToken(first.url, machine))).toBe(true);
});
