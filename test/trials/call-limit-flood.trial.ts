import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Quota } from '../../src/domain/limits/quota.js';
import { mostWithin } from '../property/limits/most-within.js';
import { floodFromProcesses } from '../support/flood.js';
import { startCluster } from '../support/redis-cluster.js';
import { sendRedisCommand } from '../support/redis-command.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { PATIENT_MS } from '../support/replicated-database.js';
import { reportTrial, TRIALS_SHARE } from '../support/trial-report.js';

const PROCESSES = 3;
/** More than one, so that one script call counts several; on a Cluster, each lives where its slot is. */
const SUBJECTS = 3;
const LIMIT = 100;
const QUOTA: Quota = { perMinute: LIMIT, perDay: 50_000, dayWindow: 'rolling' };
const MINUTE_US = 60_000_000;
/** Into the third minute: the limit is reached three times. */
const FLOOD_MS = 125_000 * TRIALS_SHARE;
const ADMITTED = LIMIT * Math.ceil((FLOOD_MS * 1_000) / MINUTE_US);
/** Longer than a question and its repetition take: ioredis repeats a script that was forgotten once, as a whole, not twice. */
const FLUSH_EVERY_MS = 250;

interface Place extends AsyncDisposable {
  readonly url: string;
  readonly servers: readonly RedisServer[];
}

async function startSingle(): Promise<Place> {
  const redis = await startRedis();
  return { url: redis.url, servers: [redis], [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}

/** Makes every server forget its scripts, again and again, until `flooding` has ended; resolves to how often. */
async function flushScripts(servers: readonly RedisServer[], flooding: Promise<unknown>): Promise<number> {
  let flushes = 0;
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  flooding.then(end, end);
  while (!isOver) {
    await Promise.all(servers.map(({ port }) => sendRedisCommand(port, 'SCRIPT', 'FLUSH')));
    flushes++;
    await delay(FLUSH_EVERY_MS);
  }
  return flushes;
}

/** How often a script was sent whole because the server did not know it. */
async function sentWhole(servers: readonly RedisServer[]): Promise<number> {
  const all = await Promise.all(servers.map(({ port }) => sendRedisCommand(port, 'INFO', 'commandstats')));
  return all.reduce((sum, stats) => sum + Number(/^cmdstat_eval:calls=(\d+)/m.exec(stats)?.[1] ?? 0), 0);
}

test.for<readonly [what: string, start: () => Promise<Place>, isFlushed: boolean]>([
  ['one Redis', startSingle, false],
  ['one Redis that forgets its scripts all the while', startSingle, true],
  ['a Cluster of three that forget their scripts all the while', () => startCluster({ primaries: 3 }), true],
])(
  `of ${PROCESSES} processes that flood %s exactly the limit is admitted in each minute, and never more in any`,
  { timeout: FLOOD_MS + 60_000 },
  async ([what, start, isFlushed], { annotate }) => {
    await using place = await start();
    const subjects = Array.from({ length: SUBJECTS }, () => randomUUID());
    const plan = { redisUrl: place.url, subjects, quota: QUOTA, lastMs: FLOOD_MS, deadlineMs: PATIENT_MS };
    const flooding = floodFromProcesses(PROCESSES, plan);
    const flushes = isFlushed ? await flushScripts(place.servers, flooding) : 0;
    const { calls, admittedAtUs, neighbours } = await flooding;
    const most = admittedAtUs.map((instants) => mostWithin(instants, MINUTE_US));
    const whole = await sentWhole(place.servers);
    const admitted = admittedAtUs.map(({ length }) => length);

    await reportTrial(
      annotate,
      {
        bound: `${LIMIT} in any 60 s, and ${ADMITTED} in ${FLOOD_MS / 1_000} s`,
        worst: `${Math.max(...most)}, and ${[...new Set(admitted)].join(' or ')}`,
        trials: `${calls} calls of ${SUBJECTS} subjects`,
      },
      `flood of ${what}: ${calls} calls, admitted ${admitted}, at most ${most} in any 60 s; ${neighbours.admitted} calls of others; scripts forgotten ${flushes} times, sent ${whole} times`,
    );
    expect(most).toEqual(subjects.map(() => LIMIT));
    expect(admitted).toEqual(subjects.map(() => ADMITTED));
    expect(neighbours.refused).toBe(0);
    // Scripts were forgotten while calls were under way, or this has proven little.
    expect(whole).toBeGreaterThan(flushes / 2);
  },
);
