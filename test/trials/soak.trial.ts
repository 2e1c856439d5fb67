import { expect, test } from 'vitest';
import { findRevived } from '../support/acknowledged-checks.js';
import { findAuditDisagreements } from '../support/audit-disagreements.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { FaultyPhases } from '../support/faulty-phases.js';
import { freePort } from '../support/free-port.js';
import { inspectHeap } from '../support/live-heap.js';
import { createWorkingMachines, type WorkingMachine } from '../support/machine-work.js';
import { mixedWorkOf } from '../support/mixed-work.js';
import { startPostgres } from '../support/postgres-server.js';
import { faultsOf } from '../support/random-faults.js';
import { startRedis } from '../support/redis-server.js';
import { Replicas } from '../support/replica-processes.js';
import { HASTY_MS } from '../support/replicated-database.js';
import { createRandom, drawSeed } from '../support/seeded-random.js';
import { reportOf, SteadyLoad, worstOf } from '../support/steady-load.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';

const SOAK_MINUTES = 30;
const SOAK_MS = SOAK_MINUTES * 60_000 * TRIALS_SHARE;
const BOUND_MS = 200;
const ORGANIZATION_OF_FIRST_MACHINE = 'org-1';
/** How much more a process may hold at the end than at the beginning: medians of a third of the time each. */
const GROWTH_BYTES_MAX = 2e6;
const seed = drawSeed('SOAK_SEED');

/** Two replicas on servers of their own. The ways of the second may be cut. */
async function startAll() {
  await using started = new AsyncDisposableStack();
  const redis = started.use(await startRedis());
  const postgres = started.use(await startPostgres());
  const databaseUrl = await postgres.createDatabase();
  const replicas = started.use(new Replicas({ databaseUrl, redisUrl: redis.url }, { deadlineMs: HASTY_MS }));
  const redisLink = started.use(await startFaultProxy(redis.port));
  const postgresLink = started.use(await startFaultProxy(postgres.port));
  const through = (url: string, { port }: { readonly port: number }) => Object.assign(new URL(url), { port }).href;
  const links = { REDIS_URL: through(redis.url, redisLink), DATABASE_URL: through(databaseUrl, postgresLink) };
  const start = async (env: Record<string, string>) => {
    const heap = await inspectHeap();
    const metricsPort = await freePort();
    const replica = await replicas.start({
      ...env,
      NODE_OPTIONS: heap.options,
      LATCHKEY_METRICS_PORT: String(metricsPort),
      // Full soon: what it remembers more and more of is no leak.
      LATCHKEY_REMEMBERED_TOKENS: '1000',
    });
    return { url: replica.url, heap, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`, bytes: [] as number[] };
  };
  const running = [await start({}), await start(links)] as const;
  const disposal = started.move();
  return {
    ...{ replicas, databaseUrl, running, parts: { redis, postgres, redisLink, postgresLink } },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  };
}

test(`for ${SOAK_MINUTES} minutes of mixed load and random faults no request fails but by being told to come back, nothing revoked is accepted, and memory is flat`, {
  timeout: SOAK_MS + 600_000,
}, async ({ annotate }) => {
  await using all = await startAll();
  const { replicas, databaseUrl, running, parts } = all;
  const [first, second] = running;
  // The writers have the default organisation to themselves.
  const machines = (await createWorkingMachines(first.url, replicas.admins(first).slice(1))) as [
    WorkingMachine,
    ...WorkingMachine[],
  ];
  const workAt = (one: typeof first, other: typeof first) =>
    mixedWorkOf({
      ...{ url: one.url, metricsUrl: one.metricsUrl, otherUrl: other.url, boundMs: BOUND_MS, machines },
      admin: replicas.admin(one, ORGANIZATION_OF_FIRST_MACHINE),
    });
  const load = new SteadyLoad([...workAt(first, second), ...workAt(second, first)], 2);
  const phases = new FaultyPhases({
    ...{ databaseUrl, faults: faultsOf(parts), random: createRandom(seed) },
    replicas: running.map((replica) => ({ url: replica.url, admin: replicas.admin(replica) })),
  });
  const endsAt = performance.now() + SOAK_MS;
  while (performance.now() < endsAt) {
    await phases.next();
    for (const { heap, bytes } of running) bytes.push(await heap.read());
  }
  const figures = await load.stop();
  // One that has seen nothing of all that, and counts no look-ups.
  const judge = await replicas.start({ LATCHKEY_LIMITS: 'off' });
  const target = { url: judge.url, admin: replicas.admin(judge), isKilled: () => false };
  const revived = await findRevived(
    { ...target, isUnanswered: () => false, acknowledged: () => undefined },
    phases.writers,
  );
  const wrong = [...phases.wrong, ...revived, ...(await findAuditDisagreements(databaseUrl))];

  const grown = running.map(({ bytes }) => medianOf(bytes, 2) - medianOf(bytes, 0));
  const { failed, requests } = worstOf(figures);
  const faults = [...phases.counts].map(([what, count]) => `${what} ${count} times`).join(', ');
  await reportTrial(
    annotate,
    {
      bound: `none failed, nothing wrong in state or audit log, heap after a collection grown by ${GROWTH_BYTES_MAX / 1e6} MB at most`,
      worst: `${failed}, ${wrong.length} wrong, ${(Math.max(...grown) / 1e6).toFixed(1)} MB`,
      trials: `${requests}, ${phases.acknowledged} acknowledged writes, ${faults}`,
    },
    `${reportOf(figures)}; ${phases.unanswered} writes unanswered; heaps ${running.map(({ bytes }) => bytes.map((each) => (each / 1e6).toFixed(1)))}; again with SOAK_SEED=${seed}`,
  );
  for (const [name, { failures, ok }] of figures) {
    expect(failures.slice(0, 10), name).toEqual([]);
    expect(ok, name).toBeGreaterThan(10);
  }
  expect(wrong).toEqual([]);
  for (const bytes of grown) expect(bytes).toBeLessThanOrEqual(GROWTH_BYTES_MAX);
});

/** The median of one of the thirds. */
function medianOf(bytes: readonly number[], third: number): number {
  const ofThird = bytes.slice(Math.floor((third * bytes.length) / 3), Math.ceil(((third + 1) * bytes.length) / 3));
  return ofThird.sort((one, other) => one - other)[ofThird.length >> 1] ?? Number.NaN;
}
